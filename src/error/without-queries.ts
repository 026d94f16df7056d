/** Where a URL within a text ends: these stand in none (RFC 3986, section 2). Quotes and parentheses of the other kinds do. */
const DELIMITERS = /([\s"`<>]+)/

/** Cuts what follows `?` in the URLs of a text: keys, tokens, what somebody searched for. */
export function withoutQueries (text: string): string {
  return text.includes('?') ? text.split(DELIMITERS).map(withoutQuery).join('') : text
}

/** A URL without its query. */
export function urlWithoutQuery (url: string): string {
  const end = url.indexOf('?')
  return end < 0 ? url : `${url.slice(0, end)}?…`
}

function withoutQuery (word: string): string {
  const end = word.indexOf('?')
  return end > 0 && word.lastIndexOf('/', end) >= 0 ? urlWithoutQuery(word) : word
}
