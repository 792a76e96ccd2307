import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import iconv from 'iconv-lite'
import { afterAll, describe, expect, it } from 'vitest'
import { createReaderPool } from '../../src-main/corpus/index.ts'
import { temporaryFolder } from '../support/folder.ts'

const folder = temporaryFolder()
const reader = createReaderPool({ workers: 1 })
afterAll(() => reader.close())

const textOf = async (bytes: Uint8Array): Promise<string> => {
  const path = join(folder, 'encoded.txt')
  writeFileSync(path, bytes)
  return (await reader.read(path)).text
}

const sentences: Record<string, { text: string; encodings: readonly string[] }> = {
  English: { text: 'He said “it’s naïve” — the café’s prices are fine.', encodings: ['windows-1252', 'macintosh'] },
  German: {
    text: 'Die Straße führt über die Brücke. Schöne Grüße aus München, wo die Vögel überall fröhlich zwitschern.',
    encodings: ['windows-1252', 'iso-8859-15', 'cp850', 'macintosh'],
  },
  French: {
    text: "L'été dernier, nous avons mangé à l'hôtel près de la forêt. Ça dépend, naturellement; c'était déjà très tard.",
    encodings: ['windows-1252', 'iso-8859-15'],
  },
  Polish: {
    text: 'Zażółć gęślą jaźń. Święta są już blisko, a my jeszcze nie kupiliśmy żadnych prezentów dla dzieci i rodziców.',
    encodings: ['windows-1250', 'iso-8859-2'],
  },
  Russian: {
    text: 'Съешь же ещё этих мягких французских булок, да выпей чаю. Сегодня хорошая погода, и мы идём гулять в парк.',
    encodings: ['koi8-r', 'windows-1251', 'cp866', 'iso-8859-5'],
  },
  Ukrainian: {
    text: 'Сьогодні гарна погода, і ми йдемо гуляти до парку. Її подруги теж ідуть із нами, бо їм цікаво.',
    encodings: ['windows-1251', 'koi8-u'],
  },
  Greek: {
    text: 'Ξεσκεπάζω την ψυχοφθόρα βδελυγμία. Σήμερα ο καιρός είναι καλός και πηγαίνουμε στο πάρκο για περίπατο.',
    encodings: ['windows-1253', 'iso-8859-7'],
  },
  Turkish: {
    text: 'Pijamalı hasta yağız şoföre çabucak güvendi. Bugün hava çok güzel ve çocuklar bahçede birlikte oynuyorlar.',
    encodings: ['windows-1254', 'iso-8859-9'],
  },
  Hebrew: {
    text: 'דג סקרן שט לו בים זך אך לפתע פגש חבורה נחמדה שצצה כך. היום מזג האוויר יפה ואנחנו הולכים לטייל בפארק.',
    encodings: ['windows-1255', 'iso-8859-8'],
  },
  Arabic: {
    text: 'نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر ومغلف بجلد أزرق. الجو جميل اليوم ونحن ذاهبون إلى الحديقة.',
    encodings: ['windows-1256', 'iso-8859-6'],
  },
  Thai: { text: 'วันนี้อากาศดีและเรากำลังไปที่สวนสาธารณะ กว่าบรรดาฝูงสัตว์เดรัจฉาน', encodings: ['windows-874'] },
  Japanese: {
    text: '日本語の文章をここに書きます。今日はとても天気が良いので、公園へ散歩に行きましょう。カタカナもあります。',
    encodings: ['shift_jis', 'euc-jp'],
  },
  'Chinese (simplified)': {
    text: '今天天气很好，我们一起去公园散步吧。人民共和国的经济发展很快，大家都很高兴。',
    encodings: ['gb18030', 'gbk'],
  },
  'Chinese (traditional)': {
    text: '今天天氣很好，我們一起去公園散步吧。經濟發展得很快，大家都很高興，這是一個測試。',
    encodings: ['big5'],
  },
  Korean: {
    text: '오늘은 날씨가 매우 좋아서 우리는 공원에 산책하러 갑니다. 모두가 즐거운 하루를 보내고 있습니다.',
    encodings: ['euc-kr'],
  },
}
const unicode = ['utf-8', 'utf-16le', 'utf-16be', 'utf-32le', 'utf-32be']

describe('text', () => {
  it.each(Object.entries(sentences))('in %s is understood in every common encoding, long or short', async (_, each) => {
    const found: Record<string, string> = {}
    const wanted: Record<string, string> = {}
    for (const encoding of [...each.encodings, ...unicode]) {
      for (const times of [1, 10]) {
        const text = `${each.text}\n`.repeat(times)
        const bytes = iconv.encode(text, encoding, { addBOM: false })
        found[`${encoding} ${times}`] = await textOf(bytes)
        wanted[`${encoding} ${times}`] = text
      }
    }
    expect(found).toEqual(wanted)
  })

  it('in the seven-bit encodings of e-mail is understood', async () => {
    const esc = '\x1b'
    const japanese = Buffer.from(`${esc}$B$3$s$K$A$O${esc}(B hello\n`, 'latin1')
    expect(await textOf(japanese)).toBe('こんにちは hello\n')
    const sevenBit = (text: string, encoding: string): string =>
      Buffer.from(iconv.encode(text, encoding).map((byte) => byte & 0x7f)).toString('latin1')
    const korean = `${esc}$)C\x0e${sevenBit('안녕하세요', 'euc-kr')}\x0f hello\n`
    expect(await textOf(Buffer.from(korean, 'latin1'))).toBe('안녕하세요 hello\n')
    const chinese = `${esc}$)A\x0e${sevenBit('你好', 'gbk')}\x0f hello\n`
    expect(await textOf(Buffer.from(chinese, 'latin1'))).toBe('你好 hello\n')
  })

  it('of any words in Unicode without a byte order mark is understood', async () => {
    const word = fc.constantFrom('the', 'straße', 'слово', 'λόγος', 'מילה', 'كلمة', 'शब्द', '言葉', '단어', '2026', '😀')
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { minLength: 3, maxLength: 40 }),
        fc.constantFrom(...unicode),
        async (list, encoding) => {
          const text = `${list.join(' ')}\n`
          expect(await textOf(iconv.encode(text, encoding, { addBOM: false }))).toBe(text)
        },
      ),
      { numRuns: 100 },
    )
  })
})
