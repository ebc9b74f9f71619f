/** What we use of the package. It ships types, but its `exports` do not name them; a connection is one of better-sqlite3. */
declare module 'better-sqlite3-multiple-ciphers' {
  // eslint-disable-next-line typescript/consistent-type-imports -- a declared module can import nothing by a relative name
  type Connection = import('../sqlite/open-database.ts').Database;

  class SqliteError extends Error {
    readonly code: string;
  }

  interface DatabaseConstructor {
    new (path: string, options: { readonly readonly: boolean; readonly timeout: number }): Connection;
    readonly SqliteError: typeof SqliteError;
  }

  const SqliteDatabase: DatabaseConstructor;
  export default SqliteDatabase;
}
