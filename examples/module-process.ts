// The process of the module. The gateway starts it, and it ends with the gateway.

import { buildModule } from './module.js'

const app = await buildModule({ logger: !process.argv.includes('--tour') })
process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }))
process.once('disconnect', () => { app.close() })
