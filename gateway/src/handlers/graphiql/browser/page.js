/** GraphiQL with Frontdesk's panel below the answer. The page's own address is where operations are sent. */
import { Accounts } from './account.js';
import { makeFetcher } from './fetcher.js';
import { GraphiQL, element as h, ReactDOM } from './libraries.js';
import { withoutHeaders } from './memory.js';
import { Panel } from './panel.js';

const WELCOME = `# One graph over all subgraphs.
# Ctrl-Enter runs an operation; below its answer stand
# the calls that it took and the plan behind them.
#
# Where the gateway asks who you are, put your key or
# token under Headers: { "authorization": "Bearer ..." }
# It stays in this page's memory; nothing stores it.

{
  __typename
}
`;

// A library of GraphiQL's makes a style element while a dialog is open. The policy lets it by this word.
const styles = document.querySelector('link[nonce]');
if (styles instanceof HTMLElement) Object.assign(globalThis, { __webpack_nonce__: styles.nonce });

const accounts = new Accounts();
const root = document.getElementById('graphiql');
if (!root) throw new TypeError('the page has no place for GraphiQL');

/** @param {{ tabs: { id: string }[], activeTabIndex: number }} state */
function showTab({ tabs, activeTabIndex }) {
  accounts.show(
    tabs[activeTabIndex]?.id ?? '',
    tabs.map(({ id }) => id),
  );
}

ReactDOM.createRoot(root).render(
  h(
    GraphiQL,
    {
      fetcher: makeFetcher(location.pathname, accounts),
      storage: withoutHeaders(localStorage),
      shouldPersistHeaders: false,
      showPersistHeadersSettings: false,
      defaultEditorToolsVisibility: 'headers',
      defaultQuery: WELCOME,
      inputValueDeprecation: true,
      schemaDescription: true,
      onTabChange: showTab,
    },
    h(GraphiQL.Logo, null, 'Frontdesk'),
    h(GraphiQL.Footer, null, h(Panel, { accounts })),
  ),
);
