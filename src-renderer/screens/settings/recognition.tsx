import { useMutation, useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useId, useState } from 'react'
import type { OcrLanguage, Settings } from '../../../src-main/contract/index.ts'
import { client } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'
import { bytes } from '../../components/format.ts'
import { ErrorNotice } from '../../components/notice.tsx'
import { Button } from '../../components/ui/button.tsx'
import { Select } from '../../components/ui/field.tsx'
import { Spinner } from '../../components/ui/spinner.tsx'
import { Part } from './part.tsx'

interface Props {
  settings: Settings
  set: (change: Partial<Settings>) => void
}

/** Whether and in which languages the text of scans is recognized. */
export function RecognitionSettings({ settings, set }: Props) {
  const { data: languages } = useQuery(queries.ocrLanguages())
  if (!languages) return null
  const use = (code: string, used: boolean) =>
    set({ ocr: used ? [...settings.ocr, code] : settings.ocr.filter((other) => other !== code) })
  const here = languages.filter((language) => language.here)
  return (
    <Part
      title="Scanned documents"
      intro="Pages of PDF files that are only pictures can be read with text recognition (OCR). It takes seconds a page and happens on this computer. Without a language it is off."
    >
      {here.map(({ code, name }) => (
        <label key={code} className="flex cursor-pointer items-center gap-2.5 py-3">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={settings.ocr.includes(code)}
            onChange={(event) => use(code, event.target.checked)}
          />
          Read scans in {name}
        </label>
      ))}
      <AddLanguage languages={languages.filter((language) => !language.here)} onHere={(code) => use(code, true)} />
    </Part>
  )
}

/** Fetches what recognizing a language takes. */
function AddLanguage({ languages, onHere }: { languages: OcrLanguage[]; onHere: (code: string) => void }) {
  const id = useId()
  const [chosen, setChosen] = useState('')
  const language = languages.find(({ code }) => code === chosen) ?? languages[0]
  const fetching = useMutation({
    mutationFn: (code: string) => client.system.fetchOcrLanguage({ code }),
    onSuccess: (_, code) => onHere(code),
  })
  if (!language) return null
  return (
    <div className="py-3.5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <label htmlFor={id} className="min-w-0 flex-1 font-medium">
          Add a language
        </label>
        <Select id={id} value={language.code} onChange={(event) => setChosen(event.target.value)}>
          {languages.map(({ code, name }) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </Select>
        <Button disabled={fetching.isPending} onClick={() => fetching.mutate(language.code)}>
          {fetching.isPending ? <Spinner /> : <Download />}
          {fetching.isPending ? 'Fetching…' : `Get (${bytes(language.sizeBytes)})`}
        </Button>
      </div>
      <p className="mt-0.5 max-w-prose text-[0.8125rem] text-ink-2">
        What it needs to know about the language is fetched once, now.
      </p>
      {fetching.error && <ErrorNotice error={fetching.error} />}
    </div>
  )
}
