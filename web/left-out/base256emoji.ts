/**
 * In place of `multiformats/bases/base256emoji`: nobody writes names in pictures here.
 * in: nothing. out: no such base.
 */

export {}
