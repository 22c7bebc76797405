/**
 * Owns warning of something before it happens. `process.emitWarning` shows a warning on the next tick, which never comes
 * when what is warned of is that this thread stands still for ever.
 */

/** Shows a warning now, as Node would: `--no-warnings`, `--disable-warning` and listeners are heeded. */
export function warnNow(message: string, code: string, detail: string): void {
  const warning = Object.assign(new Error(message), { name: 'Warning', code, detail });
  Error.captureStackTrace(warning, warnNow);
  try {
    process.emit('warning', warning);
  } catch (error) {
    // A listener's own error is not the business of who made the call.
    process.nextTick(() => {
      throw error;
    });
  }
}
