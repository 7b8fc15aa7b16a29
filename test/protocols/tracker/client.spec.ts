import { expect } from 'chai'
import { RateLimitedError } from '../../../protocols/errors.ts'
import { type AskTracker, NodeSigner, TrackerClient } from '../../../protocols/tracker/index.ts'
import type { Answer, Question } from '../../../protocols/tracker/message.ts'
import { openStatement } from '../../../protocols/tracker/statement.ts'
import { contentNamed, NETWORK, NOW, refusal, testKey, testNode } from './nodes.ts'

const content = contentNamed('a')

async function clientOf (ask: AskTracker, timeoutMs?: number): Promise<TrackerClient> {
  const { signer } = await testNode(1)
  return new TrackerClient({ ask, signer }, {
    network: NETWORK, region: 'eu', clock: () => NOW, timeoutMs
  })
}

const answering = (answer: Answer): Promise<TrackerClient> => clientOf(async () => answer)

describe('protocols/tracker/client', () => {
  it('leaves out records that do not keep the rules, and keeps the others', async () => {
    const good = await testNode(2)
    const providers = [
      { envelope: new Uint8Array([1]) },
      { envelope: await (await testNode(3, { network: 'other' })).signer.record() },
      { envelope: await good.signer.record(), rttMs: 7 }
    ]
    const found = await (await answering({ type: 'providers', providers })).lookup(content)
    expect(found.map(({ record, rttMs }) => [`${record.peer}`, rttMs]))
      .to.deep.equal([[`${good.peer}`, 7]])
  })

  it('throws the tracker’s refusal by its name and reason', async () => {
    const told = async (error: string, reason?: string): Promise<string> => {
      const client = await answering({ type: 'error', error, message: 'no', reason })
      return await refusal(client.heartbeat())
    }
    expect(await told('RecordRefusedError', 'clock')).to.equal('RecordRefusedError clock')
    expect(await told('RateLimitedError')).to.equal('RateLimitedError')
    expect(await told('TrackerFullError')).to.equal('TrackerFullError')
    expect(await told('TrackerUnavailableError')).to.equal('TrackerUnavailableError')
    expect(await told('InvalidMessageError')).to.equal('InvalidMessageError')
    expect(await told('InternalError')).to.equal('UpstreamError')
  })

  it('refuses an answer to another question', async () => {
    const client = await answering({ type: 'accepted', known: true })
    expect(await refusal(client.lookup(content))).to.equal('InvalidMessageError')
  })

  it('names a transport that fails, and one that hangs', async () => {
    const broken = await clientOf(async () => { throw new TypeError('refused') })
    expect(await refusal(broken.lookup(content))).to.equal('UpstreamError')
    const limited = await clientOf(async () => { throw new RateLimitedError('slow down') })
    expect(await refusal(limited.lookup(content))).to.equal('RateLimitedError')
    const hanging = await clientOf((_, { signal }) => new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => { reject(signal.reason) })
    }), 5)
    const alive = setInterval(() => {}, 1000)
    expect(await refusal(hanging.lookup(content))).to.equal('DeadlineError')
    clearInterval(alive)
  })

  it('ends with the caller’s signal', async () => {
    const client = await clientOf(() => new Promise(() => {}))
    const signal = AbortSignal.abort()
    expect(await refusal(client.lookup(content, { signal }))).to.equal('AbortError')
  })

  it('tries once more when another client has overtaken it', async () => {
    const envelopes: Uint8Array[] = []
    const client = await clientOf(async question => {
      envelopes.push((question as { envelope: Uint8Array }).envelope)
      return envelopes.length === 2
        ? { type: 'accepted', known: true }
        : { type: 'error', error: 'RecordRefusedError', message: 'old', reason: 'sequence' }
    })
    expect(await client.heartbeat()).to.deep.equal({ known: true })
    expect(envelopes[0]).not.to.deep.equal(envelopes[1])
    expect(await refusal(client.heartbeat())).to.equal('RecordRefusedError sequence')
    expect(envelopes).to.have.length(4)
  })

  it('sends statements one after the other, also after one was refused', async () => {
    let underWay = 0
    const sent: string[] = []
    const client = await clientOf(async ({ type }: Question) => {
      expect(++underWay).to.equal(1)
      await new Promise(resolve => setImmediate(resolve))
      underWay--
      sent.push(type)
      return type === 'announce'
        ? { type: 'error', error: 'RateLimitedError', message: 'slow down' }
        : { type: 'accepted', known: true }
    })
    const announce = refusal(client.announce([{ content, renditions: [] }]))
    await Promise.all([client.heartbeat(), client.withdraw([content]), client.leave()])
    expect(await announce).to.equal('RateLimitedError')
    expect(sent).to.deep.equal(['announce', 'heartbeat', 'withdraw', 'leave'])
  })

  it('reports how the node does when that is news to the tracker', async () => {
    const tracker = { known: true }
    const heard: Array<number | undefined> = []
    const now = { report: Uint8Array.of(1) }
    const key = await testKey(1)
    const { description } = await testNode(1)
    const report = () => now.report
    const signer = new NodeSigner({ privateKey: key, describe: () => description, report })
    const rules = { network: NETWORK }
    const client = new TrackerClient({ signer, ask: async question => {
      const { envelope } = question as { envelope: Uint8Array }
      const statement = await openStatement(envelope, rules)
      heard.push(statement.kind === 'heartbeat' ? statement.report?.[0] : undefined)
      return { type: 'accepted', known: tracker.known }
    } }, rules)
    await client.heartbeat()
    await client.heartbeat()
    now.report = Uint8Array.of(2)
    await client.heartbeat()
    tracker.known = false // It lost its memory.
    await client.heartbeat()
    tracker.known = true
    await client.heartbeat()
    await client.heartbeat()
    expect(heard).to.deep.equal([1, undefined, 2, undefined, 2, undefined])
  })
})
