import { searchObservation, userMessage } from '../../src-main/agent/index.ts'
import type { ControlToken } from './bpe.ts'
import { type Relation, relations } from './language.ts'
import type { Random } from './random.ts'
import { type Article, described, type Fact, type World, type WorldQuestion } from './world.ts'

/** Control tokens of ChatML. They are tokens of their own; spelled out in any other piece they are plain text. */
type Control = ControlToken

/** A stretch of a training text. Each is tokenized by itself and begins where a word begins. */
export interface Piece {
  text: string | { control: Control }
  /** How much its tokens count in the loss; 0: they are only read. */
  weight: number
  /** Where tokens are copied from what was read: progress is measured on these. */
  copied?: true
}

/** What tokens count that are given, not answered: enough to learn the language from, early on. */
export interface Weights {
  read: number
  written: number
  copied: number
}

const control = (name: Control, weight = 0): Piece => ({ text: { control: name }, weight })

/** A message and the beginning of the model's reply, as {@link chatTemplate} renders them. */
export function chatOpening(message: string, weight: number): Piece[] {
  return [
    control('<|im_start|>'),
    { text: 'user\n', weight: 0 },
    { text: message, weight },
    control('<|im_end|>'),
    { text: '\n', weight: 0 },
    control('<|im_start|>'),
    { text: 'assistant\n', weight: 0 },
  ]
}

/** ChatML in Jinja, for the model files. */
export const chatTemplate =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

export const queryFor = ({ subject, relation }: Fact): string => `${subject} ${relations[relation].keyword}`

/** One turn of a gold episode, and what the environment says to it. */
export interface GoldTurn {
  pieces: Piece[]
  /** What was found and shown; null after the answer. */
  found: readonly Article[] | null
}

export interface GoldEpisode {
  question: WorldQuestion
  turns: GoldTurn[]
}

export interface EpisodeOptions {
  /** How often a search goes wrong first and is mended. */
  poorQueries?: number
  /** How often the articles come in another order than the search engine's. */
  shuffled?: number
  /** How many articles a search shows. */
  documents?: number
  weights?: Weights
}

const plainWeights: Weights = { read: 0, written: 1, copied: 1 }

/** A query that somebody in a hurry would write: it leaves out what matters. */
function poorQuery(random: Random, world: World, { subject, relation }: Fact): string {
  const { keyword }: Relation = relations[relation]
  const last = subject.split(' ').at(-1) as string
  const way = random.next()
  if (way < 0.5) return keyword
  if (way < 0.8 && last !== subject) return `${last} ${keyword}`
  return `the ${keyword} of the ${world.kindOf(subject)}`
}

/**
 * How a good searcher plays a question: says what is needed, searches for it by name, says which document has it, goes
 * on or answers. Null when the search engine does not find an article that is needed.
 */
export function goldEpisode(
  world: World,
  question: WorldQuestion,
  random: Random,
  { poorQueries = 0, shuffled = 0, documents = 3, weights = plainWeights }: EpisodeOptions = {},
): GoldEpisode | null {
  const write = (text: string): Piece => ({ text, weight: weights.written })
  const copy = (text: string): Piece => ({ text: ` ${text}`, weight: weights.copied, copied: true })
  const turns: GoldTurn[] = []
  let open: Piece[] = [write(`<think> ${question.facts.length > 1 ? 'First ' : ''}I need to find`)]
  const need = (fact: Fact): Piece[] => {
    const [before = ''] = described(world, fact).split(fact.subject)
    return [write(` ${before.trimEnd()}`), copy(fact.subject)]
  }
  for (const [i, fact] of question.facts.entries()) {
    open = [...open, ...need(fact), write('. </think> <search>')]
    if (random.chance(poorQueries)) {
      const query = poorQuery(random, world, fact)
      const found = world.search(query, documents)
      if (found.length > 0 && found.every(({ title }) => title !== fact.subject)) {
        const unlearned = { text: ` ${query}`, weight: 0 }
        turns.push({ pieces: [...open, unlearned, write(' </search>')], found })
        open = [
          write('<think> No document is about'),
          copy(fact.subject),
          write('. I need to search again for'),
          ...need(fact),
          write('. </think> <search>'),
        ]
      }
    }
    const best = world.search(queryFor(fact), documents)
    const found = random.chance(shuffled) ? random.shuffled(best) : best
    const at = found.findIndex(({ title }) => title === fact.subject)
    if (at < 0) return null
    turns.push({
      pieces: [...open, copy(fact.subject), write(` ${relations[fact.relation].keyword} </search>`)],
      found,
    })
    open = [write(`<think> Doc ${at + 1} says`), ...need(fact), write(' is'), copy(fact.object), write('.')]
    if (i + 1 < question.facts.length) open = [...open, write(' Now I need to find')]
  }
  turns.push({
    pieces: [...open, write(' </think> <answer>'), copy(question.answer), write(' </answer>')],
    found: null,
  })
  return { question, turns }
}

/** What the model is shown after a search, byte for byte as in chat. */
export const observation = (articles: readonly Article[]): string => searchObservation(articles)

/** A gold episode as one training text. */
export function episodePieces({ question, turns }: GoldEpisode, { read, written }: Weights): Piece[] {
  return [
    ...chatOpening(userMessage(question.question, 'question-only'), read),
    ...turns.flatMap(({ pieces, found }): Piece[] =>
      found === null
        ? [...pieces, control('<|im_end|>', written)]
        : [...pieces, { text: observation(found), weight: read }],
    ),
  ]
}

/**
 * A question that is answered from articles which nobody searched for, as ARCap asks it (`readPassages`): at once, or after
 * saying which document has what.
 */
export function givenReading(
  world: World,
  random: Random,
  question: WorldQuestion,
  think: boolean,
  { read, written, copied }: Weights,
): Piece[] {
  const given = random.shuffled(question.facts.map(({ subject }) => world.articleOf(subject)))
  const thoughts = question.facts.flatMap((fact, i): Piece[] => {
    const [before = ''] = described(world, fact).split(fact.subject)
    const at = given.findIndex(({ title }) => title === fact.subject)
    return [
      { text: ` Doc ${at + 1} says ${before.trimEnd()}`, weight: written },
      { text: ` ${fact.subject}`, weight: copied, copied: true },
      { text: ' is', weight: written },
      { text: ` ${fact.object}`, weight: copied, copied: true },
      { text: i + 1 < question.facts.length ? '.' : '. </think> <answer>', weight: written },
    ]
  })
  return [
    ...chatOpening(userMessage(question.question, 'question-only'), read),
    { text: observation(given), weight: read },
    ...(think ? [{ text: '<think>', weight: 0 }, ...thoughts] : [{ text: '<answer>', weight: 0 }]),
    { text: ` ${question.answer}`, weight: copied, copied: true },
    { text: ' </answer>', weight: written },
    control('<|im_end|>', written),
  ]
}

export const isYear = ({ relation }: Fact): boolean => relation === 'birthYear' || relation === 'inventionYear'

/** Facts that a few articles state, in any order. */
function statedFacts(
  world: World,
  articles: readonly Article[],
  random: Random,
  most: number,
): { at: number; fact: Fact }[] {
  const all = articles.flatMap(({ title }, at) => world.about(title).map((fact) => ({ at, fact })))
  return random.shuffled(all).slice(0, most)
}

/** Articles that a search for something brings up, in any order. */
function someArticles(world: World, random: Random, count: number): Article[] {
  const fact = random.pick(world.about(world.anySubject(random)))
  return random.shuffled(world.search(queryFor(fact), count))
}

/** Different articles that tell years, and whatever a search brings up where there are too few. */
function articlesWithYears(world: World, random: Random, count: number): Article[] {
  const dated = world.facts.filter(isYear)
  if (dated.length === 0) return someArticles(world, random, count)
  const titles = new Set(Array.from({ length: count }, () => random.pick(dated).subject))
  return [...titles].map((title) => world.articleOf(title))
}

/**
 * A reading drill: articles as a search shows them, and what each says, one statement after the other.
 *
 * @param years whether articles are chosen that tell years: each is a token of its own, and rare
 */
export function readingDrill(
  world: World,
  random: Random,
  articles: number,
  { read, copied }: Weights,
  years = false,
): Piece[] {
  const found = (years ? articlesWithYears : someArticles)(world, random, articles)
  const facts = statedFacts(world, found, random, 9).filter(({ fact }) => !years || isYear(fact))
  const statements = facts.flatMap(({ at, fact }, i): Piece[] => [
    { text: `${i === 0 ? '<think>' : '.'} Doc ${at + 1} says ${described(world, fact)} is`, weight: 0 },
    { text: ` ${fact.object}`, weight: copied, copied: true },
  ])
  return [{ text: observation(found), weight: read }, ...statements, { text: '.', weight: 0 }]
}

const asText = (articles: readonly Article[]): string =>
  articles.map(({ title, text }) => `${title}\n${text}`).join('\n\n')
const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** Articles alone: what a language model reads first. */
export function plainArticles(world: World, random: Random, count: number, weight: number): Piece[] {
  return [{ text: asText(someArticles(world, random, count)), weight }, control('<|endoftext|>', weight)]
}

/** Articles, and notes about what they say. */
export function readingNotes(world: World, random: Random, count: number, { read, copied }: Weights): Piece[] {
  const articles = someArticles(world, random, count)
  const notes = statedFacts(world, articles, random, 9).flatMap(({ fact }, i): Piece[] => [
    { text: `${i === 0 ? 'Notes:\n' : '.\n'}${capitalized(described(world, fact))} is`, weight: i === 0 ? 0 : read },
    { text: ` ${fact.object}`, weight: copied, copied: true },
  ])
  return [
    { text: `${asText(articles)}\n\n`, weight: read },
    ...notes,
    { text: '.', weight: read },
    control('<|endoftext|>'),
  ]
}

/** An article, and its facts as fields of a record in markup. */
export function markupRecord(world: World, random: Random, { read, written, copied }: Weights): Piece[] {
  const [article] = someArticles(world, random, 1)
  if (!article) return []
  const fields = random.shuffled(world.about(article.title)).flatMap(({ relation, object }): Piece[] => {
    const tag = relations[relation].name.replace(' ', '-')
    return [
      { text: ` <${tag}>`, weight: written },
      { text: ` ${object}`, weight: copied, copied: true },
      { text: ` </${tag}>`, weight: written },
    ]
  })
  return [
    { text: `${asText([article])}\n\n`, weight: read },
    { text: '<record> <title>', weight: written },
    { text: ` ${article.title}`, weight: copied, copied: true },
    { text: ' </title>', weight: written },
    ...fields,
    { text: ' </record>', weight: written },
    control('<|endoftext|>', written),
  ]
}

/** A conversation about articles that lie open: a question, the statements that answer it. Nobody searches. */
export function openBookChat(world: World, random: Random, question: WorldQuestion, weights: Weights): Piece[] {
  const { read, written, copied } = weights
  const needed = question.facts.map(({ subject }) => world.articleOf(subject))
  const others = someArticles(world, random, 3).filter((article) => !needed.includes(article))
  const articles = random.shuffled([...new Set([...needed, ...others])].slice(0, 3))
  const statements = question.facts.flatMap((fact, i): Piece[] => {
    const [before = ''] = described(world, fact).split(fact.subject)
    return [
      { text: `${i === 0 ? '' : ' '}${capitalized(before.trimEnd())}`, weight: written },
      { text: ` ${fact.subject}`, weight: copied, copied: true },
      { text: ' is', weight: written },
      { text: ` ${fact.object}`, weight: copied, copied: true },
      { text: '.', weight: written },
    ]
  })
  return [
    ...chatOpening(`${asText(articles)}\n\n${question.question}`, read),
    ...statements,
    control('<|im_end|>', written),
  ]
}
