export { fromUpstream } from './upstream/provider.js'
export type { UpstreamOptions } from './upstream/provider.js'
export { fromStore } from './upstream/store.js'
export type { UpstreamResponse } from './upstream/answer.js'
