/**
 * The demo's page: what any page of the web origin does. It asks the web BFF with the browser's session cookie, which no
 * script can read, and holds no token.
 */
const at = (id) => document.getElementById(id);

async function ask(path, options) {
  const reply = await fetch(path, options);
  if (!reply.ok) throw new Error(`${path}: ${reply.status}`);
  return reply.json();
}

function sendJson(path, body) {
  return ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function show() {
  const session = await fetch('/auth/session');
  if (session.status === 401) {
    at('who').textContent = 'Nobody is logged in.';
    at('login').hidden = false;
    return;
  }
  const { user } = await ask('/web/dashboard?fields=user(name,city,tier)');
  const { data } = await sendJson('/web/graphql', {
    query: '{ orders(first: 5) { page { total orders { number status } } } }',
  });
  at('who').textContent = `${user.name} from ${user.city}, ${user.tier}`;
  at('profile').city.value = user.city;
  const rows = data.orders.page.orders.map(({ number, status }) => {
    const row = document.createElement('li');
    row.textContent = `${number}: ${status}`;
    return row;
  });
  at('orders').replaceChildren(...rows);
  at('app').hidden = false;
}

at('profile').addEventListener('submit', async (event) => {
  event.preventDefault();
  const { city } = event.target;
  const output = event.target.querySelector('output');
  try {
    await sendJson('/web/account/profile', { city: city.value });
    output.textContent = 'Saved.';
    await show();
  } catch (error) {
    output.textContent = error.message;
  }
});

show().catch((error) => {
  at('who').textContent = error.message;
});
