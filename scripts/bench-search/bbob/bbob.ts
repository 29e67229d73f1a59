import type { Definition } from "./definition.ts";
import { ILL_CONDITIONED } from "./ill-conditioned.ts";
import { MODERATE } from "./moderate.ts";
import { MULTIMODAL } from "./multimodal.ts";
import { SEPARABLE } from "./separable.ts";
import { WEAKLY_STRUCTURED } from "./weakly-structured.ts";

/** The 24 noiseless functions of BBOB 2009, in their order. */
export const BBOB: readonly Definition[] = [
  ...SEPARABLE,
  ...MODERATE,
  ...ILL_CONDITIONED,
  ...MULTIMODAL,
  ...WEAKLY_STRUCTURED,
];
