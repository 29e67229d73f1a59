/** Time as text. All instants are UTC. */

const pad = (value: number, width: number): string => String(value).padStart(width, "0");

/** `2026-11-23T18:10:37.846Z` */
export function isoTime(at: Date): string {
  return at.toISOString();
}

/**
 * `20261123-181037-846000`: the stamp in run, lease and dispatch ids. `micros` (0..999) fills the
 * digits below the millisecond, so that ids made within one millisecond stay in order.
 */
export function idStamp(at: Date, micros = 0): string {
  const date = `${at.getUTCFullYear()}${pad(at.getUTCMonth() + 1, 2)}${pad(at.getUTCDate(), 2)}`;
  const time = `${pad(at.getUTCHours(), 2)}${pad(at.getUTCMinutes(), 2)}${pad(at.getUTCSeconds(), 2)}`;
  return `${date}-${time}-${pad(at.getUTCMilliseconds(), 3)}${pad(micros, 3)}`;
}

/** `2026-11-23` */
export function isoDate(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** ISO 8601 week: `{year: 2026, week: 48}`. The year is that of the week's Thursday. */
export function isoWeek(at: Date): { year: number; week: number } {
  const thursday = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()));
  thursday.setUTCDate(thursday.getUTCDate() + 4 - (thursday.getUTCDay() || 7));
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return {
    year: thursday.getUTCFullYear(),
    week: Math.ceil(((thursday.getTime() - first) / 86_400_000 + 1) / 7),
  };
}

/** `850 ms`, `12 s`, `3 min 05 s`, `2 h 10 min`: for people. */
export function humanDuration(milliseconds: number): string {
  if (Math.round(milliseconds) < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${pad(seconds % 60, 2)} s`;
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60, 2)} min`;
}
