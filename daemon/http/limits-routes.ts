/**
 * What the node may upload, and changes of it while it runs.
 */

import { z } from 'zod'
import type { LimitsChange } from '../../protocols/control/limits.ts'
import { InvalidArgumentError } from '../../protocols/errors.ts'
import { sendJson } from './send-json.ts'
import { READ, type Routes } from './server.ts'
import type { ControlComponents } from './types.ts'

const MAX_VALUE_LENGTH = 32

const value = z.union([z.string().max(MAX_VALUE_LENGTH), z.number(), z.boolean()])
const FORM = z.record(z.string().max(MAX_VALUE_LENGTH), value)

export const limitsRoutes = ({ actions }: ControlComponents): Routes => app => {
  app.route({
    method: READ,
    url: '/limits',
    handler: async (_request, reply) => sendJson(reply, actions.limits())
  })
  app.patch('/limits', async (request, reply) => {
    const { data } = FORM.safeParse(request.body)
    if (data === undefined || Object.keys(data).length === 0) {
      throw new InvalidArgumentError('send the limits to change as JSON, as {"rate": "2MB/s"}')
    }
    return sendJson(reply, actions.changeLimits(data as LimitsChange))
  })
}
