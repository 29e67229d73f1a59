import { safeText } from "../label.ts";

/** Attribute values; numbers are written with at most one decimal, undefined is left out. */
export type Attributes = Record<string, string | number | undefined>;

/** Text as XML content or attribute value, whatever it holds. */
export function escapeXml(text: string): string {
  return safeText(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** An element around `content`, which is XML already. */
export function element(name: string, attributes: Attributes, content: string | string[]): string {
  const pairs = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined
      ? []
      : [` ${key}="${typeof value === "number" ? coordinate(value) : escapeXml(value)}"`],
  );
  const inside = typeof content === "string" ? content : content.join("\n");
  const open = `<${name}${pairs.join("")}`;
  return inside === "" ? `${open}/>` : `${open}>${inside}</${name}>`;
}

/** A text element at a point. */
export function textAt(x: number, y: number, text: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escapeXml(text));
}

/** A length in pixels, as short as a tenth of one allows. */
export function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10 + 0);
}
