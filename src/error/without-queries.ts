/** Characters that end a URL within a text: no URL has them (RFC 3986, section 2), but it may have other quotes and parentheses. */
const DELIMITERS = /([\s"`<>]+)/

/** Cuts the query strings of all URLs in a text: they hold keys, tokens and search terms. */
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
