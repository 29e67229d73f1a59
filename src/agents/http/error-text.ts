import { isObject } from "../is-object.ts";

/** What an error response says, in one line of at most 300 characters. */
export function errorText(body: string): string {
  return (messageIn(body) ?? body).replaceAll(/\s+/g, " ").trim().slice(0, 300);
}

/** Of `{error: {message}}`, `{error}`, `{message}` and `{detail}`. */
function messageIn(body: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return null;
  }
  if (!isObject(value)) return null;
  const { error, message, detail } = value;
  if (isObject(error) && typeof error["message"] === "string") {
    const param = typeof error["param"] === "string" ? ` (${error["param"]})` : "";
    return error["message"] + param;
  }
  const text = [error, message, detail].find((one) => typeof one === "string");
  return typeof text === "string" ? text : null;
}
