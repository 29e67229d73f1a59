/** The executor of every measured run: the smallest program that prints a metric. */
export const EXECUTOR = ["/bin/echo", "1"];
