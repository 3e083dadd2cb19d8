/** The paths below `auth.session.path`. */
export type SessionEndpoint = 'login' | 'callback' | 'logout' | 'session' | 'backchannel-logout';
