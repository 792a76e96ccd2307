import { readFile } from 'node:fs/promises'
import { type Catalogue, catalogueSchema } from '../contract/index.ts'

/** Reads the list of models that are known to work. @param path of `catalogue.json` */
export async function readCatalogue(path: string): Promise<Catalogue> {
  return catalogueSchema.parse(JSON.parse(await readFile(path, 'utf8')))
}
