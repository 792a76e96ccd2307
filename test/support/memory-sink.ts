import type { Passage } from '../../src-main/contract/index.ts'
import type { PassageSink } from '../../src-main/corpus/index.ts'

/** A passage index that only keeps what it is given, and can be told to fail. */
export class MemorySink implements PassageSink {
  readonly files = new Map<string, readonly Passage[]>()
  /** How many files each write had, in order. */
  readonly writes: number[] = []
  /** Where files were moved to. */
  readonly moved: string[] = []
  embedded = 0
  finished = 0
  /** Called before each write with its number, from 1; throws to make the write fail. */
  beforeWrite: (write: number) => void | Promise<void> = () => undefined

  get passages(): Passage[] {
    return [...this.files.values()].flat()
  }

  async replace(files: readonly { fileId: string; passages: readonly Passage[] }[]): Promise<void> {
    this.writes.push(files.length)
    await this.beforeWrite(this.writes.length)
    for (const { fileId, passages } of files) {
      if (passages.length === 0) this.files.delete(fileId)
      else this.files.set(fileId, passages)
    }
  }

  async extend(passages: readonly Passage[]): Promise<void> {
    await this.beforeWrite(this.writes.push(1))
    for (const [fileId, own] of Map.groupBy(passages, (passage) => passage.fileId)) {
      const all = new Map([...(this.files.get(fileId) ?? []), ...own].map((passage) => [passage.id, passage]))
      this.files.set(fileId, [...all.values()])
    }
  }

  async retain(fileId: string, passageIds: ReadonlySet<string>): Promise<void> {
    const kept = (this.files.get(fileId) ?? []).filter(({ id }) => passageIds.has(id))
    this.files.set(fileId, kept)
  }

  async move(files: Parameters<PassageSink['move']>[0]): Promise<void> {
    for (const { fileId, path, title } of files) {
      this.moved.push(path)
      const passages = this.files.get(fileId) ?? []
      this.files.set(
        fileId,
        passages.map((passage) => ({
          ...passage,
          path,
          title: passage.title === title?.from ? title.to : passage.title,
        })),
      )
    }
  }

  async embed(): Promise<void> {
    this.embedded++
  }

  async remove(fileIds: readonly string[]): Promise<void> {
    for (const id of fileIds) this.files.delete(id)
  }

  async finish(): Promise<void> {
    this.finished++
  }
}
