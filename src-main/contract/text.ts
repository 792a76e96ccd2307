/**
 * Characters that act on whatever shows a text instead of being seen in it: controls (all but tab and line feed) and those
 * that turn the direction of what follows, so that `invoice\u202Efdp.exe` shows as it is.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
export const actingCharacters = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g
