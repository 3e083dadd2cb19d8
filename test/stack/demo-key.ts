/**
 * The demo partner's API key. It opens nothing but generated data on this machine, so it may stand in the open;
 * `frontdesk.yaml` holds its SHA-256, as it would hold that of a real one.
 */
export const DEMO_PARTNER_KEY = 'fd_demo_wBt6kB5mlDlYdm1vW1iPWqkAItju9opK382ZMf';
