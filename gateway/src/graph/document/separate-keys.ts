/**
 * Response keys that mean one field for one type and another field, or other arguments, for another (GraphQL §5.3.2 allows it).
 * A fetch from an interface object fills a key without knowing types, so what it brings for one type would overwrite
 * what another fetch brought for the other: each meaning but the first gets a key of its own in the data.
 */
import { type FieldNode, Kind, type OperationDefinitionNode, print, visit } from 'graphql';

export class SeparateKeys {
  /** Key → field and arguments → which of the key's meanings. */
  readonly #meanings: ReadonlyMap<string, ReadonlyMap<string, number>>;

  private constructor(meanings: ReadonlyMap<string, ReadonlyMap<string, number>>) {
    this.#meanings = meanings;
  }

  /** `undefined` where every key means one field wherever it stands. */
  static of(operation: OperationDefinitionNode): SeparateKeys | undefined {
    const meanings = new Map<string, Map<string, number>>();
    visit(operation, {
      Field(field) {
        if (field.name.value.startsWith('__')) return;
        const known = meanings.get(keyOf(field)) ?? new Map<string, number>();
        meanings.set(keyOf(field), known);
        const meaning = meaningOf(field);
        if (!known.has(meaning)) known.set(meaning, known.size);
      },
    });
    for (const [key, known] of meanings) if (known.size === 1) meanings.delete(key);
    return meanings.size > 0 ? new SeparateKeys(meanings) : undefined;
  }

  /** The number of a field's meaning, where its key has several and it is not the first. */
  of(field: FieldNode): number | undefined {
    const known = this.#meanings.get(keyOf(field));
    return known?.get(meaningOf(field)) || undefined;
  }
}

function keyOf(field: FieldNode): string {
  return field.alias?.value ?? field.name.value;
}

function meaningOf(field: FieldNode): string {
  return print({ kind: Kind.FIELD, name: field.name, arguments: field.arguments ?? [] });
}
