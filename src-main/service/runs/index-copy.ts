import { constants } from 'node:fs'
import { copyFile, link, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Gives a run its own copy of a library's index, so that it plays on the same library from beginning to end, whatever
 * happens to the original, and never writes to it. LanceDB writes no file twice: where the disk allows, the copy consists of
 * links and takes no room. The original must not be tidied up meanwhile.
 */
export async function copyIndex(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyIndex(source, target)
    else await link(source, target).catch(() => copyFile(source, target, constants.COPYFILE_FICLONE))
  }
}
