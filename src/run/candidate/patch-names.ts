/**
 * Every file name in the headers of a unified diff, without its first `strip` folders: what the patch may
 * read or write. Names inside hunks are content and not looked at. `/dev/null` is no name.
 */
export function patchNames(patch: string, strip = 1): string[] {
  const names = new Set<string>();
  let oldLines = 0;
  let newLines = 0;
  for (const line of patch.split("\n")) {
    if (oldLines > 0 || newLines > 0) {
      if (line.startsWith("-")) oldLines -= 1;
      else if (line.startsWith("+")) newLines -= 1;
      else if (!line.startsWith("\\")) {
        oldLines -= 1;
        newLines -= 1;
      }
      continue;
    }
    const hunk = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
    if (hunk !== null) {
      oldLines = Number(hunk[1] ?? 1);
      newLines = Number(hunk[2] ?? 1);
      continue;
    }
    for (const name of namesOfHeader(line.replace(/\r$/, ""), strip)) names.add(name);
  }
  return [...names];
}

function namesOfHeader(line: string, strip: number): string[] {
  const moved = /^(?:rename|copy) (?:from|to) (.+)$/.exec(line)?.[1];
  // These carry the name as it is, without a first folder.
  if (moved !== undefined) return [without(unquoted(moved), strip - 1)];
  const header = /^(?:---|\+\+\+) (.+)$/.exec(line)?.[1];
  if (header !== undefined) {
    const name = unquoted(header.replace(/\t.*$/, ""));
    return name === "/dev/null" ? [] : [without(name, strip)];
  }
  const both = /^diff --git (.+)$/.exec(line)?.[1];
  return both === undefined ? [] : bothNames(both).map((name) => without(name, strip));
}

/** `a/x b/x`, either of them quoted; blanks make it ambiguous, then both halves are alike but for the first folder. */
function bothNames(text: string): string[] {
  const quoted = [...text.matchAll(/"(?:[^"\\]|\\.)*"/g)].map((match) => match[0]);
  if (quoted.length > 0) {
    const rest = quoted.reduce((left, name) => left.replace(name, ""), text).trim();
    return [...quoted.map(unquoted), ...(rest === "" ? [] : [rest])];
  }
  const middle = (text.length - 1) / 2;
  if (Number.isInteger(middle) && text[middle] === " ") {
    const [first, second] = [text.slice(0, middle), text.slice(middle + 1)];
    if (withoutFirst(first) === withoutFirst(second)) return [first, second];
  }
  return text.split(" ");
}

/** As -p with this number. */
function without(name: string, folders: number): string {
  let left = name;
  for (let folder = 0; folder < folders; folder++) left = withoutFirst(left);
  return left;
}

/** As -p1: an absolute name keeps its shape, so that it is seen and refused. */
function withoutFirst(name: string): string {
  if (name.startsWith("/")) return name;
  const slash = name.indexOf("/");
  return slash < 0 ? name : name.slice(slash + 1);
}

const ESCAPES: Record<string, number> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '"': 34,
  "\\": 92,
};

/** A name as git quotes it in C style, with bytes in octal. */
function unquoted(name: string): string {
  if (!name.startsWith('"') || !name.endsWith('"')) return name;
  const bytes: number[] = [];
  const inner = name.slice(1, -1);
  for (const [part, octal, letter] of inner.matchAll(/\\([0-7]{3})|\\(.)|[^\\]/gsu)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (letter !== undefined) bytes.push(ESCAPES[letter] ?? letter.charCodeAt(0));
    else bytes.push(...new TextEncoder().encode(part));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
