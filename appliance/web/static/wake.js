/** Keeps the screen on while captions come, where the browser can. */

let wanted = false;
let lock = null;

export async function stayAwake(on) {
  wanted = on;
  if (wanted && !document.hidden && (lock?.released ?? true)) {
    // Refused in power-saving mode, and not there over plain HTTP; captions are read all the same.
    lock = await navigator.wakeLock?.request('screen').catch(() => null);
  }
  if (!wanted) lock?.release();
}

document.addEventListener('visibilitychange', () => stayAwake(wanted));
