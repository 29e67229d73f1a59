declare const LABCTL_VERSION: string | undefined;

/** Version of labctl: stamped by the build, `0.0.0-dev` when run from source. */
export const VERSION = typeof LABCTL_VERSION === "string" ? LABCTL_VERSION : "0.0.0-dev";
