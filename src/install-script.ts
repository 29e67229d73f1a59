// TypeScript and oxlint type an import by its extension; Bun gives the text.
// @ts-expect-error
// oxlint-disable-next-line import/default
import script from "../scripts/install.sh" with { type: "text" };

/** scripts/install.sh, as it is when it has nowhere to download from. */
export const INSTALL_SCRIPT = String(script);
