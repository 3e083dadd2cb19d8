/** A supergraph of two subgraphs, as text: `items` gives items their names, `extras` gives them the rest. */

export interface Addresses {
  readonly items: string;
  readonly extras: string;
}

/** Versions differ in a field of `Query`, so that each is another supergraph. */
export function supergraphOf({ items, extras }: Addresses, version: number): string {
  return `
schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) {
  query: Query
  subscription: Subscription
}
directive @join__enumValue(graph: join__Graph!) repeatable on ENUM_VALUE
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__implements(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__unionMember(graph: join__Graph!, member: String!) repeatable on UNION
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph {
  ITEMS @join__graph(name: "items", url: "${items}")
  EXTRAS @join__graph(name: "extras", url: "${extras}")
}
type Item @join__type(graph: ITEMS, key: "id") @join__type(graph: EXTRAS, key: "id") {
  id: ID!
  name: String @join__field(graph: ITEMS)
  extra: String @join__field(graph: EXTRAS)
}
type Query @join__type(graph: ITEMS) @join__type(graph: EXTRAS) {
  items(count: Int): [Item] @join__field(graph: ITEMS)
  news: String @join__field(graph: EXTRAS)
  version${version}: Int @join__field(graph: ITEMS)
}
type Subscription @join__type(graph: ITEMS) {
  tick: Int @join__field(graph: ITEMS)
}
`;
}
