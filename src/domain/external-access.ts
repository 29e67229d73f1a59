/** What kept a run from something outside of it, as far as its last words tell. */
export const ACCESS_PROBLEMS = ["network", "authentication", "quota", "permission"] as const;
export type AccessProblem = (typeof ACCESS_PROBLEMS)[number];

/**
 * What programs print when something outside does not let them in: resolvers, sockets, TLS, HTTP
 * clients, git, package managers, cloud and model APIs. Asked in this order.
 */
const SIGNATURES: [AccessProblem, RegExp][] = [
  [
    "quota",
    /\b(?:HTTP(?:\/[\d.]+)?|status(?: code)?|error(?: code)?)[\s:=]*429\b|\b429 too many requests\b|\btoo many requests\b|\brate.?limit(?:ed| exceeded| reached)|\bquota exceeded\b|\binsufficient_quota\b|\bout of credits?\b|\b402 payment required\b/i,
  ],
  [
    "authentication",
    /\b(?:HTTP(?:\/[\d.]+)?|status(?: code)?|error(?: code)?)[\s:=]*(?:401|403|407)\b|\b401 unauthorized\b|\b403 forbidden\b|\b407 proxy\b|\bauthentication (?:failed|required)\b|\bauthorization failed\b|\binvalid (?:api[ _-]?key|credentials?|token|x-api-key)\b|\bbad credentials\b|\b(?:token|credentials?) (?:has |have )?expired\b|\bcould not read (?:username|password)\b|permission denied \(publickey|\bhost key verification failed\b|\blogin required\b|\bnot logged in\b|\bmissing (?:api[ _-]?key|credentials?)\b|\bunable to locate credentials\b/i,
  ],
  [
    "network",
    /\b(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ConnectionRefused|UND_ERR_CONNECT_TIMEOUT)\b|\bcould(?: not|n't) resolve (?:host|proxy)|\btemporary failure in name resolution\b|\bname or service not known\b|\bnodename nor servname\b|\bgetaddrinfo\b|\bnetwork is unreachable\b|\bno route to host\b|\bconnection (?:refused|timed out|reset by peer)\b|\bfailed to connect\b|\bunable to connect\b|\bfailed to establish a new connection\b|\bmax retries exceeded with url\b|\b(?:ssl|tls|certificate)[^\n]{0,40}\b(?:verify failed|verification failed|has expired|handshake failure)\b|\b(?:502 bad gateway|503 service unavailable|504 gateway time-?out)\b/i,
  ],
  [
    "permission",
    /\b(?:EACCES|EPERM)\b|\bpermission denied\b|\baccess ?denied\b|\boperation not permitted\b|\bPermissionError\b/i,
  ],
];

/** Recognises in what a run said last that it was not let in somewhere; null when nothing says so. */
export function accessProblem(text: string): AccessProblem | null {
  return SIGNATURES.find(([, signature]) => signature.test(text))?.[0] ?? null;
}
