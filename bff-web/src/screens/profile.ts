/** Who the caller is, as the dashboard and the account show it. */
import type { User } from '../generated/upstreams/users.ts';

/** Member by member: whatever else the backend says of a user stays here. */
export function toProfile(user: User) {
  const { id, username, name, email, city, tier, avatar_url, member_since, addresses } = user;
  return {
    id,
    username,
    name,
    email,
    city,
    tier,
    avatarUrl: avatar_url,
    memberSince: member_since,
    addresses,
  };
}
