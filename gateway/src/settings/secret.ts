/**
 * Marks a setting as secret: `z.string().describe('…').meta(SECRET)`. What shows a configuration (the admin API, `frontdesk
 * diff`, the log of changes) says of it that it is set, and that it changed, and nothing else. It stands in the JSON schema as
 * the annotation of that name (JSON Schema Validation §9.4), which editors know.
 */
export const SECRET = { writeOnly: true } as const;
