import { humanDuration } from "../domain/time.ts";
import type { OutputStream } from "./io.ts";

/** How far a long command is. */
export interface ProgressState {
  done: number;
  total: number;
  best: number | null;
  last: number | null;
}

/**
 * One line on stderr, rewritten in place at most ten times a second. Does nothing when stderr is
 * not a terminal. Whoever prints a line calls hide() before it and show() after it.
 */
export interface Progress {
  update(state: ProgressState): void;
  hide(): void;
  show(): void;
  /** Removes the line for good. */
  end(): void;
}

const REDRAW_MS = 100;

/** `now_ms` only measures differences. The rate counts from the first update. */
export function createProgress(
  stderr: OutputStream,
  enabled: boolean,
  now_ms: () => number,
): Progress {
  if (!enabled || !stderr.isTerminal) {
    return { update: () => {}, hide: () => {}, show: () => {}, end: () => {} };
  }
  let state: ProgressState | undefined;
  let first = { at: 0, done: 0 };
  let drawnAt = -Infinity;
  let visible = false;
  let timer: Timer | undefined;

  const hide = (): void => {
    if (visible) stderr.write("\r\x1b[2K");
    visible = false;
  };
  const draw = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (state === undefined) return;
    drawnAt = now_ms();
    const text = progressLine(state, drawnAt - first.at, state.done - first.done);
    // One column is left free: a terminal wraps when the last one is filled.
    stderr.write(`\r\x1b[2K${text.slice(0, stderr.columns() - 1)}`);
    visible = true;
  };
  const show = (): void => {
    if (state === undefined) return;
    const wait = drawnAt + REDRAW_MS - now_ms();
    if (wait <= 0) return draw();
    // Drawn later, not dropped: the next update may be minutes away.
    timer ??= setTimeout(draw, wait).unref();
  };

  return {
    update(next) {
      if (state === undefined) first = { at: now_ms(), done: next.done };
      state = next;
      show();
    },
    hide,
    show,
    end() {
      hide();
      clearTimeout(timer);
      timer = undefined;
      state = undefined;
    },
  };
}

/** `7/20  best 0.97  last 0.91  2.5/s  5 s left`; `done_since` were finished in `elapsed_ms`. */
export function progressLine(state: ProgressState, elapsed_ms: number, done_since: number): string {
  const parts = [
    `${state.done}/${state.total}`,
    `best ${shortNumber(state.best)}`,
    `last ${shortNumber(state.last)}`,
  ];
  if (done_since > 0 && elapsed_ms > 0) {
    const each_ms = elapsed_ms / done_since;
    parts.push(
      each_ms > 2000 ? `${humanDuration(each_ms)} each` : `${(1000 / each_ms).toFixed(1)}/s`,
    );
    parts.push(`${humanDuration(each_ms * Math.max(0, state.total - state.done))} left`);
  }
  return parts.join("  ");
}

function shortNumber(value: number | null): string {
  return value === null ? "-" : String(Number(value.toPrecision(6)));
}
