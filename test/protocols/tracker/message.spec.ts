import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import fc from 'fast-check'
import { endorse, openRecord } from '../../../protocols/tracker/index.ts'
import {
  type Answer, decodeAnswer, decodeQuestion, encodeAnswer, encodeQuestion, type Question
} from '../../../protocols/tracker/message.ts'
import { openStatement } from '../../../protocols/tracker/statement.ts'
import { blockNamed, contentNamed, NETWORK, NOW, testKey, testNode } from './nodes.ts'

const content = contentNamed('a')
const renditions = [{ rendition: '128k', held: 3, blocks: 10 }]
const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/tracker/golden.json', import.meta.url), 'utf8')
)
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

const questions: Record<string, Question> = {
  heartbeat: { type: 'heartbeat', envelope: new Uint8Array([1, 2, 3]) },
  lookup: { type: 'lookup', content, region: 'eu' },
  sources: { type: 'sources' },
  resolve: { type: 'resolve', segment: blockNamed('s') }
}
const answers: Record<string, Answer> = {
  accepted: { type: 'accepted', known: true },
  providers: {
    type: 'providers', providers: [{ envelope: new Uint8Array([1]), renditions, rttMs: 1.5 }]
  },
  title: { type: 'title', content },
  nothing: { type: 'title' },
  error: { type: 'error', error: 'RecordRefusedError', message: 'no', reason: 'sequence' }
}

describe('protocols/tracker/message', () => {
  for (const [name, question] of Object.entries(questions)) {
    it(`has the agreed bytes for the question ${name}`, () => {
      expect(hex(encodeQuestion(question))).to.equal(golden.questions[name])
      expect(
        encodeQuestion(decodeQuestion(unhex(golden.questions[name])))
      ).to.deep.equal(encodeQuestion(question))
    })
  }

  for (const [name, answer] of Object.entries(answers)) {
    it(`has the agreed bytes for the answer ${name}`, () => {
      expect(hex(encodeAnswer(answer))).to.equal(golden.answers[name])
      expect(decodeAnswer(unhex(golden.answers[name]))).to.deep.equal(answer)
    })
  }

  it('has the agreed bytes for a record and a statement, signatures included', async () => {
    const { signer, peer } = await testNode(
      1, { role: 'edge', http: 'http://127.0.0.1:8080', rtts: [{ peer: 'x', rttMs: 2 }] }
    )
    expect(hex(await signer.record())).to.equal(golden.record)
    expect(
      hex(await signer.announce([{ content, renditions, segments: [blockNamed('s')] }]))
    ).to.equal(golden.announce)
    expect(hex(await signer.withdraw([content]))).to.equal(golden.withdraw)
    expect(hex(await signer.leave())).to.equal(golden.leave)
    expect(hex(await endorse(
      { network: NETWORK, peer, role: 'edge', http: 'http://127.0.0.1:8080' }, await testKey(9)
    )))
      .to.equal(golden.endorsement)
    const rules = { network: NETWORK, clock: () => NOW }
    expect((await openRecord(unhex(golden.record), rules)).peer.equals(peer)).to.equal(true)
    expect((await openStatement(unhex(golden.announce), rules)).kind).to.equal('announce')
  })

  it('refuses random bytes by name', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      for (const decode of [decodeQuestion, decodeAnswer]) {
        expect(() => decode(bytes)).to.throw().with.property('name', 'InvalidMessageError')
      }
    }), { numRuns: 300 })
  })

  it('refuses golden bytes of which one was changed, or reads them as another message', () => {
    const bytes = unhex(golden.answers.providers)
    fc.assert(fc.property(fc.nat(bytes.length - 1), fc.integer(
      { min: 1, max: 255 }
    ), (at, flip) => {
      const changed = Uint8Array.from(bytes)
      changed[at] = changed[at]! ^ flip
      try {
        decodeAnswer(changed)
      } catch (err) {
        expect(err).to.have.property('name', 'InvalidMessageError')
      }
    }), { numRuns: 200 })
  })

  it('refuses a message over the limit before it is decoded', () => {
    expect(() => decodeAnswer(new Uint8Array(256 * 1024 + 1))).to.throw(/over 262144/)
  })
})
