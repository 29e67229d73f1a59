/** One request with JSON; the answer's JSON, null when it has none. Throws when it is refused. */
export async function ask(
  url: string,
  token: string,
  body: string,
  method = "POST",
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(method === "GET" ? {} : { body }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}

/** Calls `action` with 0, 1, ... `count - 1`, `width` of them at a time. */
export async function inParallel(
  count: number,
  width: number,
  action: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await action(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
