/**
 * Invoices as the billing system of 2009 writes them: two namespaces, attributes and elements mixed, CDATA, dates as
 * `24.12.2025`, amounts with a comma, `J` and `N` for yes and no, a list that is one element where it has one member.
 */
import { Problem } from '../http/problem.ts';

export interface InvoiceLine {
  readonly sku: string;
  readonly text: string;
  readonly quantity: number;
  /** In cents, each. */
  readonly price: number;
}

export interface Invoice {
  readonly number: string;
  readonly customer: string;
  readonly name: string;
  readonly city: string;
  /** ISO 8601. */
  readonly issuedAt: string;
  readonly paid: boolean;
  readonly note: string;
  readonly lines: readonly InvoiceLine[];
}

const BILLING_NAMESPACE = 'urn:company:billing:2009';
const CUSTOMER_NAMESPACE = 'urn:company:customer:2007';

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
const NAMESPACES = `xmlns="${BILLING_NAMESPACE}" xmlns:c="${CUSTOMER_NAMESPACE}"`;

export function invoiceDocument(invoice: Invoice): string {
  return `${DECLARATION}<!-- BILLING 4.2 -->\n${element(invoice, ` ${NAMESPACES}`)}\n`;
}

export function invoiceListDocument(customer: string, invoices: readonly Invoice[]): string {
  const members = invoices.map((invoice) => element(invoice, ''));
  return `${DECLARATION}<invoices ${NAMESPACES} customer="${escaped(customer)}" count="${members.length}">${members.join('')}</invoices>\n`;
}

export function faultDocument(code: string, text: string): string {
  return `${DECLARATION}<fault xmlns="${BILLING_NAMESPACE}" code="${code}"><![CDATA[${text.replaceAll(']]>', ']] >')}]]></fault>\n`;
}

function element(invoice: Invoice, namespaces: string): string {
  const total = invoice.lines.reduce((sum, { quantity, price }) => sum + quantity * price, 0);
  const lines = invoice.lines.map(
    ({ sku, text, quantity, price }, i) =>
      `    <line no="${i + 1}" sku="${escaped(sku)}"><text>${escaped(text)}</text><qty>${quantity}</qty><price>${amount(price)}</price></line>\n`,
  );
  return [
    `<invoice${namespaces} number="${escaped(invoice.number)}" currency="EUR" paid="${invoice.paid ? 'J' : 'N'}">\n`,
    `  <c:customer id="${escaped(invoice.customer)}"><c:name>${escaped(invoice.name)}</c:name>`,
    `<c:city>${escaped(invoice.city)}</c:city></c:customer>\n`,
    `  <issued>${date(invoice.issuedAt)}</issued>\n`,
    `  <lines>\n${lines.join('')}  </lines>\n`,
    `  <total>${amount(total)}</total>\n`,
    invoice.note === ''
      ? '  <note/>\n'
      : `  <note><![CDATA[${invoice.note.replaceAll(']]>', ']] >')}]]></note>\n`,
    '</invoice>',
  ].join('');
}

function amount(cents: number): string {
  return (cents / 100).toFixed(2).replace('.', ',');
}

function date(iso: string): string {
  const [year, month, day] = iso.slice(0, 10).split('-');
  return `${day}.${month}.${year}`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? '');
}

export interface InvoiceOrder {
  readonly customer: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
}

/**
 * Reads `<invoice customer="42"><line sku="p1" qty="2"/>…</invoice>`, whatever the prefix of its names. Throws a
 * `Problem` where it is none; a document type is never taken.
 */
export function parseInvoiceOrder(xml: string): InvoiceOrder {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(xml)) throw new Problem(400, 'a document type is not taken');
  const root = /^\s*(?:<\?xml[^>]*\?>\s*)?<(?:[\w-]+:)?invoice\b([^>]*)>/.exec(xml);
  if (!root) throw new Problem(400, 'the root element must be invoice');
  const customer = attributes(root[1] ?? '').get('customer');
  const lines = [...xml.matchAll(/<(?:[\w-]+:)?line\b([^>]*)>/g)].map(([, text = '']) => {
    const given = attributes(text);
    const quantity = Number(given.get('qty') ?? '1');
    const sku = given.get('sku');
    if (!sku || !Number.isInteger(quantity) || quantity < 1 || quantity > 999)
      throw new Problem(422, 'each line needs a sku and a qty from 1 to 999');
    return { sku, quantity };
  });
  if (!customer || lines.length === 0) throw new Problem(422, 'a customer and a line are needed');
  return { customer, lines };
}

function attributes(text: string): Map<string, string> {
  const found = [...text.matchAll(/([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)];
  return new Map(found.map(([, name = '', double, single]) => [name, unescaped(double ?? single ?? '')]));
}
