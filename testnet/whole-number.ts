/**
 * Numbers on a command line. in: text. out: a whole number within bounds, or what is allowed.
 */

import { InvalidArgumentError } from 'commander'

export function wholeNumber (least: number, most: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`give a whole number from ${least} to ${most}`)
    }
    return value
  }
}
