/** Headers of one connection (RFC 9110, section 7.6.1): nobody passes them on, and HTTP/2 has none of them. */
const CONNECTION_HEADERS = new Set([
  'connection', 'host', 'http2-settings', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'
])

export function isOfConnection (name: string): boolean {
  return CONNECTION_HEADERS.has(name.toLowerCase())
}
