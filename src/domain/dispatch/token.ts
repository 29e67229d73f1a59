/**
 * How a token is written: `hl_<scope>_<id>_<secret>`, the secret as 64 hexadecimal digits. The id of
 * an attempt's token is the attempt; the others have an id of their own, by which they are revoked.
 */
export interface TokenParts {
  scope: string;
  id: string;
  secret: string;
}

const TOKEN = /^hl_([a-z]{1,20})_([A-Za-z0-9._-]{1,200})_([0-9a-f]{64})$/;

export function formatToken({ scope, id, secret }: TokenParts): string {
  return `hl_${scope}_${id}_${secret}`;
}

/** null for what is no token. */
export function parseToken(text: string): TokenParts | null {
  const [, scope, id, secret] = TOKEN.exec(text) ?? [];
  return scope === undefined || id === undefined || secret === undefined
    ? null
    : { scope, id, secret };
}

/** The text without the secret of any token in it: for everything that is printed or logged. */
export function redactTokens(text: string): string {
  return text.replaceAll(/(hl_[a-z]{1,20}_[A-Za-z0-9._-]{1,200}_)[0-9a-fA-F]{16,}/g, "$1***");
}
