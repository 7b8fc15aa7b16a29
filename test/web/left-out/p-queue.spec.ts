import { expect } from 'chai'
import Original from 'p-queue'
import PQueue from '../../../web/left-out/p-queue.ts'

const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

const KINDS: Record<string, typeof PQueue> = {
  'as it is for pages': PQueue, 'as it is elsewhere': Original as unknown as typeof PQueue
}

for (const [kind, Queue] of Object.entries(KINDS)) {
  describe(`web/left-out/p-queue, ${kind}`, () => {
    it('runs so many at a time, in their order, and is idle when all have ended', async () => {
      const queue = new Queue({ concurrency: 2 })
      const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>())
      const begun: number[] = []
      const results = gates.map(({ promise }, n) => queue.add(async () => {
        begun.push(n)
        await promise
        return n
      }))
      let isIdle = false
      const idle = queue.onIdle().then(() => { isIdle = true })
      await settle()
      expect(begun).to.deep.equal([0, 1])
      gates[1]!.resolve()
      await settle()
      expect(begun).to.deep.equal([0, 1, 2])
      for (const { resolve } of gates) resolve()
      expect(await Promise.all(results)).to.deep.equal([0, 1, 2, 3])
      await idle
      expect(isIdle).to.equal(true)
    })

    it('waits until it is started, where it is told to', async () => {
      const queue = new Queue({ concurrency: 1, autoStart: false })
      const begun: number[] = []
      const result = queue.add(async () => { begun.push(0) })
      await settle()
      expect(begun).to.deep.equal([])
      queue.start()
      await result
      expect(begun).to.deep.equal([0])
    })

    it('goes on after a task has failed, and tells who added it', async () => {
      const queue = new Queue({ concurrency: 1 })
      const failed = queue.add(async () => { throw new Error('no') })
      const next = queue.addAll([async () => 1, async () => 2])
      expect(await failed.catch((err: Error) => err.message)).to.equal('no')
      expect(await next).to.deep.equal([1, 2])
    })

    it('is idle when nothing was added', async () => {
      await new Queue({ concurrency: 1 }).onIdle()
    })
  })
}
