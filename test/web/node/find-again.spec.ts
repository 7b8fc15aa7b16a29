import { expect } from 'chai'
import type { JoinAnswer } from '../../../web/node/ask-bootstrap.ts'
import { FindAgain } from '../../../web/node/swarm/find-again.ts'
import { silentLogger } from '../../../web/node/silent-log.ts'

const PEER = '12D3KooWGRUPvVJNYaJjBnVCoZLEwHkcmhL8CzCpVWCPJT2WoZCz'
const BASE = 'https://bootstrap.example'
const LOOK_MS = 2
const answerAt = (port: number): JoinAnswer => ({
  network: 'main',
  region: 'eu',
  iceServers: [],
  addresses: [`/ip4/10.0.0.1/tcp/${port}/p2p/${PEER}`]
})

describe('web/node/swarm/find-again', () => {
  const { fetch } = globalThis
  afterEach(() => { globalThis.fetch = fetch })

  function setUp (answers: () => Response) {
    const dialled: string[] = []
    const state = { isConnected: false, asked: 0 }
    let looks = 0
    globalThis.fetch = async () => {
      state.asked++
      return answers()
    }
    const host = {
      getConnections: () => {
        looks++
        return state.isConnected ? [{}] : []
      },
      dial: async (addresses: unknown) => {
        dialled.push(`${addresses}`)
        state.isConnected = true
      }
    }
    const found = new FindAgain({
      host: host as never,
      answers: new Map([[BASE, answerAt(1)]]),
      page: 'a-page-by-chance',
      log: silentLogger.forComponent('test')
    }, { lookMs: LOOK_MS })
    return { found, dialled, state, looked: () => looks }
  }
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise(resolve => setTimeout(resolve, 1))
  }

  it('asks for new addresses while a bootstrap is lost, and dials them', async () => {
    let answers = 0
    const { found, dialled, state } = setUp(() => {
      if (++answers === 1) throw new TypeError('still away')
      return Response.json(answerAt(2))
    })
    found.start()
    await until(() => dialled.length > 0)
    expect(dialled).to.deep.equal([`/ip4/10.0.0.1/tcp/2/p2p/${PEER}`])
    state.isConnected = false
    await until(() => dialled.length > 1)
    await found.stop()
  })

  it('asks nothing while it is connected', async () => {
    const { found, state, looked } = setUp(() => Response.json(answerAt(2)))
    state.isConnected = true
    found.start()
    await until(() => looked() > 2)
    await found.stop()
    expect(state.asked).to.equal(0)
  })
})
