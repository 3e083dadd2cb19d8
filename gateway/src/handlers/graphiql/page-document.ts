/**
 * The page's HTML and the policy under which a browser runs it (Content Security Policy Level 3): scripts, styles and
 * requests of this origin alone, nothing inline, no frame around it. One library makes a style element while a dialog
 * is open; the nonce of each answer is for that.
 */
import { HeaderFields } from '../../core/headers.ts';

/** `base`: where the page's files are, relative to the page. */
export function pageDocument(base: string, nonce: string): string {
  const script = (name: string): string => `<script defer src="${base}/${name}"></script>`;
  const style = (name: string): string => `<link rel="stylesheet" href="${base}/${name}" nonce="${nonce}">`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>GraphiQL – Frontdesk</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
${style('graphiql.css')}
${style('page.css')}
${script('react.js')}
${script('react-dom.js')}
${script('graphiql.js')}
<script type="module" src="${base}/page.js"></script>
</head>
<body>
<div id="graphiql"><noscript>GraphiQL needs JavaScript.</noscript></div>
</body>
</html>
`;
}

export function pageHeaders(nonce: string): HeaderFields {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "connect-src 'self'",
    'img-src data:',
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return HeaderFields.of({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    // A new nonce each time; and on this path clients are answered otherwise.
    'cache-control': 'no-store',
    vary: 'accept',
  });
}
