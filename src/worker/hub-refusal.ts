import * as v from "valibot";
import { EXIT_CODES, LabError, type ErrorCode } from "../domain/errors.ts";
import { lazily } from "../domain/lazily.ts";

/** What a hub answered instead of what it was asked for. */
export class HubRefusal extends LabError {
  readonly status: number;
  /** When it may be asked again; 0 when it does not say. */
  readonly retry_after_ms: number;

  constructor(status: number, refusal: Refused) {
    const { code, message, hint, retry_after_s = 0 } = refusal;
    super(errorCode(code, status), message, hint === undefined ? {} : { hint });
    this.status = status;
    this.retry_after_ms = retry_after_s * 1000;
  }
}

type Refused = v.InferOutput<ReturnType<typeof RefusalSchema>>;

const RefusalSchema = lazily(() =>
  v.object({
    code: v.string(),
    message: v.string(),
    hint: v.exactOptional(v.string()),
    retry_after_s: v.exactOptional(v.number()),
  }),
);

/** The refusal in a response's body; one that is not of a hub says what was seen. */
export function refusalOf(response: Response, value: unknown): HubRefusal {
  const said = v.safeParse(RefusalSchema(), value);
  if (said.success) return new HubRefusal(response.status, said.output);
  return new HubRefusal(response.status, {
    code: response.status >= 400 && response.status < 500 ? "policy-refused" : "try-later",
    message: `${new URL(response.url).origin} answers ${response.status}, and not as a hub does`,
    hint: "see that the address is that of `labctl serve`, and both are of the same version",
  });
}

function errorCode(code: string, status: number): ErrorCode {
  if (code !== "done" && isErrorCode(code)) return code;
  return status >= 500 ? "try-later" : "policy-refused";
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(EXIT_CODES, code);
}
