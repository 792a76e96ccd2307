import { type SearchIndex, search, searchIndex } from './bm25.ts'
import * as language from './language.ts'
import { fill, hasArticle, type Kind, type Relation, type RelationName, relations } from './language.ts'
import { mixSeed, Random } from './random.ts'

export interface Article {
  id: string
  title: string
  text: string
}

export interface Fact {
  subject: string
  relation: RelationName
  object: string
}

/** A question with the facts that lead to its answer, one or two. */
export interface WorldQuestion {
  question: string
  answer: string
  facts: readonly Fact[]
}

/** Which names a world is made of: no name's word of a training world ever occurs in a held-out one. */
export type Side = 'training' | 'held-out'

/** Articles of a world at full size: about as many as the sample library has. */
const sizes: Record<Kind, number> = {
  person: 480,
  town: 230,
  river: 110,
  company: 200,
  invention: 160,
  book: 220,
  festival: 140,
}
const places = { provinces: 14, lakes: 50, hills: 50, families: 260 }
const HELD_OUT_SHARE = 5
/** Sentences of an article, at most. */
const longest = 5

/** Decides by the word alone, for ever, on which side it is. */
export function sideOf(word: string): Side {
  return Math.abs(mixSeed(...Buffer.from(word.toLowerCase()))) % HELD_OUT_SHARE === 0 ? 'held-out' : 'training'
}

/** An invented country: its articles, what is true in it, and a search engine over it. */
export class World {
  readonly articles: readonly Article[]
  readonly facts: readonly Fact[]
  readonly #kinds = new Map<string, Kind>()
  readonly #articles = new Map<string, Article>()
  readonly #about: Map<string, Fact[]>
  readonly #subjects: readonly string[]
  readonly #index: SearchIndex

  /**
   * @param settings.banned words that no name may hold, in addition to those of the other side
   * @param settings.scale of the number of articles
   */
  constructor(
    seed: number,
    { side, banned = new Set(), scale = 1 }: { side: Side; banned?: ReadonlySet<string>; scale?: number },
  ) {
    const random = new Random(mixSeed(seed, 1))
    const names = inventNames(random, (word) => sideOf(word) === side && !banned.has(word), scale)
    for (const kind of language.kinds) for (const name of names[kind]) this.#kinds.set(name, kind)
    this.facts = inventFacts(random, names)
    this.#about = Map.groupBy(this.facts, ({ subject }) => subject)
    this.#subjects = random.shuffled(language.kinds.flatMap((kind) => names[kind]))
    const works = Map.groupBy(
      this.facts.filter(({ relation }) => relation === 'author' || relation === 'founder' || relation === 'inventor'),
      ({ object }) => object,
    )
    this.articles = this.#subjects.map((title, i) => ({
      id: `w${seed}-${i}`,
      title,
      text: articleText(random, title, this.kindOf(title) as Kind, this.about(title), works.get(title) ?? [], names),
    }))
    for (const article of this.articles) this.#articles.set(article.title, article)
    this.#index = searchIndex(this.articles)
  }

  /** Of a name that has an article. */
  kindOf(name: string): Kind | undefined {
    return this.#kinds.get(name)
  }

  articleOf(name: string): Article {
    const article = this.#articles.get(name)
    if (!article) throw new RangeError(`no article about ${name}`)
    return article
  }

  about(name: string): readonly Fact[] {
    return this.#about.get(name) ?? []
  }

  anySubject(random: Random): string {
    return random.pick(this.#subjects)
  }

  search(query: string, limit = 3): Article[] {
    return search(this.#index, query, limit).map((i) => this.articles[i] as Article)
  }

  question(random: Random, hops: 1 | 2): WorldQuestion {
    return hops === 1 ? this.#oneHop(random) : this.#twoHops(random)
  }

  #oneHop(random: Random): WorldQuestion {
    const fact = random.pick(this.about(this.anySubject(random)))
    const question = fill(random.pick(relations[fact.relation].questions), { s: fact.subject })
    return { question, answer: fact.object, facts: [fact] }
  }

  #twoHops(random: Random): WorldQuestion {
    for (;;) {
      const first = random.pick(this.about(this.anySubject(random)))
      const { descriptions }: Relation = relations[first.relation]
      const middle = first.object
      if (descriptions.length === 0 || !this.#kinds.has(middle) || middle === first.subject) continue
      const second = random.pick(this.about(middle))
      if (second.object === first.subject) continue
      const inner = fill(random.pick(descriptions), { s: first.subject })
      const outer = random.pick(relations[second.relation].questions).replace('the {s}', '{s}')
      return { question: fill(outer, { s: inner }), answer: second.object, facts: [first, second] }
    }
  }
}

interface Names extends Record<Kind, readonly string[]> {
  provinces: readonly string[]
  lakes: readonly string[]
  hills: readonly string[]
}

function inventNames(random: Random, allowed: (word: string) => boolean, scale: number): Names {
  const { endings } = language
  const word = (ends: readonly string[]): string => {
    for (;;) {
      const middle = random.chance(0.25) ? random.pick(language.middles) : ''
      const made = random.pick(language.stems) + middle + random.pick(ends)
      if (allowed(made)) return made
    }
  }
  const used = new Set<string>()
  const several = (count: number, make: () => string): string[] =>
    Array.from({ length: Math.max(8, Math.round(count * scale)) }, () => {
      for (;;) {
        const name = make()
        if (!used.has(name) && used.add(name)) return name
      }
    })
  const families = several(places.families, () => word(endings.family))
  const firm = [...endings.family, ...endings.thing]
  const title = (): string => {
    const noun = random.pick(language.nouns)
    return random.chance(0.6) ? `${random.pick(language.adjectives)} ${noun}` : noun
  }
  return {
    person: several(sizes.person, () => `${word(endings.given)} ${random.pick(families)}`),
    town: several(sizes.town, () => word(endings.town)),
    river: several(sizes.river, () => word(endings.water)),
    company: several(sizes.company, () => `${word(firm)} ${random.pick(language.companyForms)}`),
    invention: several(sizes.invention, () => `${word(endings.thing)} ${random.pick(language.devices)}`),
    book: several(sizes.book, () => `The ${title()} of ${word(endings.thing)}`),
    festival: several(sizes.festival, () => `${word(endings.thing)} ${random.pick(language.festivalForms)}`),
    provinces: several(places.provinces, () => word(endings.thing)),
    lakes: several(places.lakes, () => word(endings.water)),
    hills: several(places.hills, () => word(endings.thing)),
  }
}

function inventFacts(random: Random, names: Names): Fact[] {
  const facts: Fact[] = []
  const add = (subject: string, relation: RelationName, object: string): unknown =>
    facts.push({ subject, relation, object })
  const year = (): string => String(random.integer(language.firstYear, language.lastYear))
  for (const person of names.person) {
    add(person, 'birthplace', random.pick(names.town))
    add(person, 'profession', random.pick(language.professions))
    const more = random.next()
    if (more < 0.4) add(person, 'employer', random.pick(names.company))
    else if (more < 0.7) add(person, 'birthYear', year())
    if (random.chance(0.35)) add(person, 'spouse', random.pick(names.person.filter((other) => other !== person)))
  }
  for (const town of names.town) {
    add(town, 'river', random.pick(names.river))
    add(town, 'province', random.pick(names.provinces))
    if (random.chance(0.6)) add(town, 'mayor', random.pick(names.person))
  }
  for (const river of names.river) {
    add(river, 'lake', random.pick(names.lakes))
    add(river, 'source', random.pick(names.hills))
  }
  for (const company of names.company) {
    add(company, 'founder', random.pick(names.person))
    add(company, 'headquarters', random.pick(names.town))
    add(company, 'product', random.pick(language.products))
  }
  for (const invention of names.invention) {
    add(invention, 'inventor', random.pick(names.person))
    if (random.chance(0.6)) add(invention, 'inventionYear', year())
  }
  for (const book of names.book) {
    add(book, 'author', random.pick(names.person))
    add(book, 'genre', random.pick(language.genres))
  }
  for (const festival of names.festival) {
    add(festival, 'host', random.pick(names.town))
    add(festival, 'month', random.pick(language.months))
  }
  return facts
}

const capitalized = (sentence: string): string => sentence.charAt(0).toUpperCase() + sentence.slice(1)

/** One sentence for each fact, the first with the subject's name, and a few that nobody will ask about. */
function articleText(
  random: Random,
  name: string,
  kind: Kind,
  facts: readonly Fact[],
  works: readonly Fact[],
  names: Names,
): string {
  const sentences = random.shuffled(facts).map(({ relation, object }, i) => {
    const all: readonly string[] = relations[relation].sentences
    const fitting = i > 0 ? all : all.filter((text) => text.includes('{s}') && !text.includes('{p}'))
    return fill(random.pick(fitting), { s: name, o: object, p: random.pick(['He', 'She']) })
  })
  for (const extra of besides(random, name, kind, works, names).slice(0, longest - facts.length)) {
    sentences.splice(random.integer(1, sentences.length), 0, extra)
  }
  return sentences.map(capitalized).join(' ')
}

function besides(random: Random, name: string, kind: Kind, works: readonly Fact[], names: Names): string[] {
  const some = (probability: number, sentence: () => string): string[] =>
    random.chance(probability) ? [sentence()] : []
  switch (kind) {
    case 'person':
      return [
        ...some(works.length > 0 ? 0.5 : 0, () => {
          const { subject, relation } = random.pick(works)
          if (relation === 'author') return `${name} also wrote ${subject}.`
          return relation === 'founder' ? `${name} helped to found ${subject}.` : `${name} worked on the ${subject}.`
        }),
        ...some(0.25, () => `${name} was fond of ${random.pick(language.hobbies)}.`),
      ]
    case 'town':
      return [
        ...some(0.3, () => `A road leads from here to ${random.pick(names.town)}.`),
        ...some(0.3, () => `The market sells ${random.pick(language.products)}.`),
      ]
    case 'river':
      return some(0.5, () => `It is ${random.integer(20, 400)} miles long.`)
    case 'company':
      return some(0.3, () => `It has ${random.integer(20, 900)} workers.`)
    case 'invention':
      return some(0.6, () => `It was used in many homes of ${random.pick(names.town)}.`)
    case 'book':
      return some(0.4, () => `The story is set in ${random.pick(names.town)}.`)
    case 'festival':
      return some(0.4, () => `People eat ${random.pick(language.foods)} and sell ${random.pick(language.products)}.`)
  }
}

/** "the mayor of Romport", "the source of the Gromuova". */
export function described(world: World, { subject, relation }: Fact): string {
  const kind = world.kindOf(subject)
  return `the ${relations[relation].name} of ${kind && hasArticle(kind) ? 'the ' : ''}${subject}`
}
