import { expect } from 'chai'
import {
  LightAbortController, LightAbortSignal, useLightAbort
} from '../../../testnet/sim/light-abort.ts'

/** What somebody sees who listens, stops listening, and aborts twice. */
function seenOf (
  Controller: typeof AbortController, any: (signals: AbortSignal[]) => AbortSignal
): unknown[] {
  const seen: unknown[] = []
  const [one, other] = [new Controller(), new Controller()]
  const both = any([one.signal, other.signal])
  const stopped = (): void => { seen.push('stopped') }
  one.signal.addEventListener('abort', () => {
    seen.push('first')
    one.signal.removeEventListener('abort', stopped)
  })
  one.signal.addEventListener('abort', stopped)
  both.addEventListener('abort', () => { seen.push(both.reason) }, { once: true })
  seen.push(one.signal.aborted)
  one.abort('why')
  one.abort('again')
  other.abort('later')
  one.signal.addEventListener('abort', () => { seen.push('too late') })
  let thrown: unknown
  try { both.throwIfAborted() } catch (err) { thrown = err }
  return [...seen, one.signal.reason, thrown, any([other.signal, one.signal]).reason]
}

describe('testnet/sim/light-abort', () => {
  it('does what Node does', () => {
    const Controller = LightAbortController as unknown as typeof AbortController
    const any = (signals: AbortSignal[]): AbortSignal =>
      LightAbortSignal.any(signals as unknown as LightAbortSignal[]) as unknown as AbortSignal
    const native = seenOf(AbortController, signals => AbortSignal.any(signals))
    const order = (seen: unknown[]): unknown[] => [seen[0], ...seen.slice(1).map(String).sort()]
    expect(order(seenOf(Controller, any))).to.deep.equal(order(native))
  })

  it('gives a reason where none is given', () => {
    const controller = new LightAbortController()
    controller.abort()
    expect(() => { controller.signal.throwIfAborted() }).to.throw(DOMException)
  })

  it('is taken back', () => {
    const { AbortController } = globalThis
    const takeBack = useLightAbort()
    expect(new globalThis.AbortController()).to.be.instanceOf(LightAbortController)
    takeBack()
    expect(globalThis.AbortController).to.equal(AbortController)
  })
})
