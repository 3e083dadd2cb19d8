/**
 * The legacy service `invoices`: XML alone, whatever is asked for. `GET /invoices/:number`, `GET /invoices?customer=`,
 * `POST /invoices`. It says that nothing was found with status 200 and a `fault`, unless `strict=J` asks for 404.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createDataset, type Dataset, Index } from '../data/dataset.ts';
import type { Order } from '../data/types.ts';
import { Problem } from '../http/problem.ts';
import { readBody } from '../http/request-body.ts';
import type { ServiceParts } from '../http/server.ts';
import {
  faultDocument,
  type Invoice,
  invoiceDocument,
  invoiceListDocument,
  parseInvoiceOrder,
} from './invoice-xml.ts';

const CONTENT_TYPE = 'text/xml; charset=utf-8';
const MAX_LISTED = 20;

class Billing {
  readonly #data: Dataset = createDataset();
  readonly #invoices = new Map<string, Invoice>();
  readonly #byCustomer = new Index<Invoice>();
  #count = 0;

  constructor() {
    const delivered = [...this.#data.orders.values()].filter(({ status }) => status === 'DELIVERED');
    for (const order of delivered.toReversed()) this.#add(this.#fromOrder(order));
  }

  get(number: string): Invoice | undefined {
    return this.#invoices.get(number);
  }

  /** Newest first. */
  of(customer: string): readonly Invoice[] {
    return this.#byCustomer.get(customer).slice(0, MAX_LISTED);
  }

  create(xml: string): Invoice {
    const { customer, lines } = parseInvoiceOrder(xml);
    const user = this.#data.users.get(customer);
    if (!user) throw new Problem(422, `no customer ${customer}`);
    const issuedAt = '2026-06-01T12:00:00.000Z';
    const written = lines.map(({ sku, quantity }) => {
      const product = this.#data.products.get(sku);
      if (!product) throw new Problem(422, `no product ${sku}`);
      return { sku, text: product.name, quantity, price: product.price.amount };
    });
    const { name, city } = user;
    return this.#add({
      number: this.#nextNumber(),
      customer,
      name,
      city,
      issuedAt,
      paid: false,
      note: '',
      lines: written,
    });
  }

  #fromOrder(order: Order): Invoice {
    const user = this.#data.users.get(order.userId);
    const number = this.#nextNumber();
    return {
      number,
      customer: order.userId,
      name: user?.name ?? '',
      city: user?.city ?? '',
      issuedAt: order.placedAt,
      paid: this.#count % 7 !== 0,
      note: this.#count % 3 === 0 ? `Order ${order.number}: <leave at the door> & ring` : '',
      lines: order.items.map(({ upc, quantity, unitPrice }) => ({
        sku: upc,
        text: this.#data.products.get(upc)?.name ?? '',
        quantity,
        price: unitPrice.amount,
      })),
    };
  }

  #nextNumber(): string {
    this.#count += 1;
    return `R${String(this.#count).padStart(6, '0')}`;
  }

  #add(invoice: Invoice): Invoice {
    this.#invoices.set(invoice.number, invoice);
    this.#byCustomer.addFirst(invoice.customer, invoice);
    return invoice;
  }
}

export function createInvoices(): ServiceParts {
  const billing = new Billing();
  return {
    async handle(request, response) {
      try {
        await answer(billing, request, response);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        write(response, error.status, faultDocument(`E${error.status}`, error.message), error.headers);
      }
    },
  };
}

async function answer(billing: Billing, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://service');
  const number = /^\/invoices\/([^/]+)$/.exec(pathname)?.[1];
  if (number !== undefined && request.method === 'GET') {
    const invoice = billing.get(number);
    if (invoice) write(response, 200, invoiceDocument(invoice));
    else {
      const status = searchParams.get('strict') === 'J' ? 404 : 200;
      write(response, status, faultDocument('NOT-FOUND', `no invoice ${number}`));
    }
    return;
  }
  if (pathname !== '/invoices') throw new Problem(404, `nothing is at ${pathname}`);
  if (request.method === 'GET') {
    const customer = searchParams.get('customer');
    if (!customer) throw new Problem(400, "'customer' is required");
    write(response, 200, invoiceListDocument(customer, billing.of(customer)));
  } else if (request.method === 'POST') {
    if (!/^(?:text|application)\/xml\s*(?:;|$)/i.test(request.headers['content-type'] ?? ''))
      throw new Problem(415, 'the body must be XML');
    const invoice = billing.create((await readBody(request)).toString('utf8'));
    write(response, 201, invoiceDocument(invoice), { location: `/invoices/${invoice.number}` });
  } else {
    throw new Problem(405, `${request.method} is not for ${pathname}`, { allow: 'GET, POST' });
  }
}

function write(
  response: ServerResponse,
  status: number,
  xml: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.statusCode = status;
  for (const name in headers) response.setHeader(name, headers[name] ?? '');
  response.setHeader('content-type', CONTENT_TYPE);
  response.setHeader('content-length', Buffer.byteLength(xml));
  response.end(xml);
}
