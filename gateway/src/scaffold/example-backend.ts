/** The backend of a package that was told of none: small enough to read, real enough to build on. */
export const EXAMPLE_UPSTREAM = 'shop';

export const EXAMPLE_DOCUMENT = `# What the shop's service promises. Put your backend's own document here, then: npm run types
openapi: 3.1.0
info: { title: Shop, version: 1.0.0 }
servers: [{ url: "http://127.0.0.1:4101" }]
paths:
  /customers/{id}:
    get:
      operationId: getCustomer
      parameters: [{ name: id, in: path, required: true, schema: { type: string }, example: "42" }]
      responses:
        "200": { description: The customer, content: { application/json: { schema: { $ref: "#/components/schemas/Customer" } } } }
  /offers:
    get:
      operationId: listOffers
      responses:
        "200":
          description: What is on offer today
          content:
            application/json:
              schema: { type: array, items: { $ref: "#/components/schemas/Offer" } }
              example:
                - { id: o1, title: Two coffees, price: 450 }
                - { id: o2, title: Fresh bread, price: 390 }
components:
  schemas:
    Customer:
      type: object
      required: [id, name, tier]
      properties:
        id: { type: string, example: "42" }
        name: { type: string, example: Ada }
        tier: { type: string, enum: [gold, silver] }
    Offer:
      type: object
      required: [id, title, price]
      properties:
        id: { type: string }
        title: { type: string }
        price: { type: integer, description: In cents }
`;
