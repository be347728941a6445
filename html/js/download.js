/** Lets the browser fetch a file. It streams it to the disk, whatever its size. */

/**
 * @param {string} address
 */
export function startDownload(address) {
  const link = document.createElement('a');
  link.href = address;
  link.download = '';
  link.click();
}
