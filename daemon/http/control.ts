/**
 * The control API: this machine's user steers the node over loopback.
 */

import { assertMayControl } from './control-guard.ts'
import { openControlToken, removeControlFile, writeControlFile } from './control-token.ts'
import { readRoutes, titleRoutes, workRoutes } from './control-routes.ts'
import { limitsRoutes } from './limits-routes.ts'
import { nodeRoutes } from './node-routes.ts'
import { routingRoutes } from './routing-routes.ts'
import { HttpServer, type Routes } from './server.ts'
import type { Role } from '../../protocols/exchange/index.ts'
import type { ControlComponents, HttpListener } from './types.ts'

export interface ControlInit {
  host: string
  port: number
  /** The data folder, where programs find address and token. */
  data: string
  role: Role
  /** The gateway's URL, for `control.json`; asked once the control API listens. */
  gatewayUrl: () => string
  /** What the node's role adds, under the same guard. */
  routes?: Routes
}

const ROUTES = [nodeRoutes, readRoutes, routingRoutes, titleRoutes, limitsRoutes, workRoutes]

/** No answer of the control API is silent for longer, ingest's progress included. */
const IDLE_TIMEOUT_MS = 600_000

/**
 * A control API, not started. Start it after the gateway.
 *
 * @example
 * const api = control({ ...config.control, data, role, gatewayUrl: () => gateway.url() })(parts)
 */
export const control = (init: ControlInit) => (components: ControlComponents): ControlApi =>
  new ControlApi(init, components)

export class ControlApi implements HttpListener {
  readonly #init: ControlInit
  readonly #server: HttpServer
  #token: string | undefined

  constructor (init: ControlInit, components: ControlComponents) {
    this.#init = init
    this.#server = new HttpServer(components, {
      listener: 'control',
      host: init.host,
      port: init.port,
      idleTimeoutMs: IDLE_TIMEOUT_MS
    }, async app => {
      app.addHook('onRequest', async ({ headers }) => { assertMayControl(headers, this.token) })
      for (const routes of ROUTES) await routes(components)(app)
      await init.routes?.(app)
    })
  }

  /** What callers must know; there once started. */
  get token (): string {
    if (this.#token === undefined) throw new Error('the control API has not been started')
    return this.#token
  }

  async start (): Promise<void> {
    const { data, role, gatewayUrl } = this.#init
    this.#token ??= await openControlToken(data)
    await this.#server.start()
    const { pid } = process
    await writeControlFile(data, { url: this.url(), pid, role, gateway: gatewayUrl() })
  }

  async stop (): Promise<void> {
    await removeControlFile(this.#init.data)
    await this.#server.stop()
  }

  url (): string {
    return this.#server.url()
  }
}
