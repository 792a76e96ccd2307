/**
 * The language of the invented encyclopedia: how names are made, what can be said about whom, and how it is asked.
 * `{s}` is the subject, `{o}` the object, `{p}` a pronoun.
 */

export const kinds = ['person', 'town', 'river', 'company', 'invention', 'book', 'festival'] as const
/** What an article can be about. */
export type Kind = (typeof kinds)[number]

const words = (list: string): readonly string[] => list.split(' ')
const phrases = (list: string): readonly string[] => list.split('|')

/** The first syllable of every name. */
export const stems = words(
  'Blim Ror Kroth Thund Pand Bler Sem Dril Steil Biv Chalm Blur Prurk Fren Slulm Pond Leth Bem Spom Bon Priv Bis ' +
    'Stork Fom Blom Kad Naes Sir Spar Berk Jon Gler Cek Pus Kox Rus Lem Shund Fol Krurk Jar Krath Floth Flix Slid ' +
    'Cel Hus Trim Saek Giv Den Mem Clen Stik Dron Sleth Shex Bran Skulm Blav Skum Ched Blilm Caelm Spam Plim Prek ' +
    'Shun Slerk Path Sod Ples Frek Chor Sulm Sov Bav Gan Weth Tolm Trond Jund Krolm Ham Vork Kuk Welm Bil Plov Crom ' +
    'Sus Hoth Therk Chem Surk Cras Cluk Flind Brox Plik Fath Dreid Hex Clul Glam Nir Prilm Quam Vol Gror Quix Shiv ' +
    'Thox Blork Stirk Taen Mav Kem Gel Jus Spurk Crol Chod Drar Brur Mis Wan Mex Del Dork Blelm Ston Grel Gir Kreth ' +
    'Ron Frond Nek Cir Muth Wand Shond Ralm Spur Gun Jad Kir Skelm Jis Kond Prix Clon Plul Gres Gor Lan Lath Kil ' +
    'Plem Hon Cran Proum Plelm Skek Mix Tad Grom Kand Rolm Pik Tox Blerk Flirk Prol Pam Flad Spav Skel Hed Shik ' +
    'Drond Spik Plund Hum Pluv Crum Pad Clox Shelm Vom Clun Cov Colm Dulm Bath Tris Frik Tus Flax Glond Gril Jav ' +
    'Kork Frum Sos Flelm Pav Kur Shouv Com Bax Krel Gev Tud Glun Shis Chind Cus Crork Rom',
)
export const middles = words('a e i o u an el or im ar en il')
export const endings = {
  given: words('ra lin dor mira tan wen sio bella rick nia gard lo ven sha tia mund'),
  family: words('son dask mar quist berg vale holt nov ski fell grim stad rey tano wright vick'),
  town: words('ford wick mere ton bury stead haven mouth gate burg thorpe minster port dale ham combe'),
  water: words('ith essa una ova ane usk ira eth olla ume'),
  thing: words('ium ora eon ax is ado un el ica os'),
} as const

export const adjectives = words(
  'Silent Golden Broken Hidden Distant Crimson Frozen Gentle Hollow Burning Forgotten Silver Restless Painted Iron ' +
    'Winter Lonely Amber Secret Wandering Velvet Stolen Northern Patient Crooked',
)
export const nouns = words(
  'Lantern Garden River Orchard Mirror Harbor Letter Crown Forest Bridge Window Clock Feather Island Candle Shadow ' +
    'Road Tower Kettle Compass Meadow Anchor Ladder Violin Sparrow',
)
export const devices = words(
  'lamp engine loom compass pump clock plough telescope kettle press stove whistle valve saddle lock',
)
export const companyForms = phrases('Works|Mills|Company|Brothers|Trading House|Foundry|Press|Guild')
export const festivalForms = words('Festival Fair Feast Carnival Parade Regatta')

export const professions = words(
  'baker painter engineer sailor teacher weaver doctor poet chemist miller singer farmer lawyer sculptor printer ' +
    'astronomer carpenter historian gardener banker',
)
export const products = words(
  'lamps paper clocks boots cheese glass carpets violins bicycles soap ropes candles pottery wagons needles wine salt ' +
    'bells mirrors cloth',
)
export const genres = phrases(
  'novel|poem|play|travel diary|cookbook|ghost story|fable|biography|comedy|tragedy|songbook|adventure story',
)
export const months = words('January February March April May June July August September October November December')
export const hobbies = words('chess fishing music hiking rowing painting reading gardening dancing archery')
export const foods = words('cakes pies fish plums')
export const firstYear = 1600
export const lastYear = 1999

/** Something that is known about one kind of thing. */
export interface Relation {
  subject: Kind
  /** The kind of the object, when it has an article of its own. */
  object: Kind | null
  /** As in "the … of Romport". */
  name: string
  /** What stands behind the name in a search. */
  keyword: string
  sentences: readonly string[]
  questions: readonly string[]
  /** The object described by its subject, for the inner part of a question over two articles. */
  descriptions: readonly string[]
}

const about = (
  subject: Kind,
  object: Kind | null,
  name: string,
  texts: { sentences: string[]; questions: string[]; descriptions?: string[] },
): Relation => ({ subject, object, name, keyword: name, descriptions: [], ...texts })

export const relations = {
  birthplace: about('person', 'town', 'birthplace', {
    sentences: [
      '{s} was born in {o}.',
      '{s} was born in the town of {o}.',
      '{s} is a native of {o}.',
      'The birthplace of {s} is {o}.',
      '{p} was born in {o}.',
      '{p} grew up in the town of {o}, where {s} was born.',
    ],
    questions: [
      'Where was {s} born?',
      'In which town was {s} born?',
      'What is the birthplace of {s}?',
      'Which town is the birthplace of {s}?',
    ],
    descriptions: ['the birthplace of {s}', 'the town where {s} was born'],
  }),
  profession: about('person', null, 'profession', {
    sentences: [
      '{s} worked as a {o}.',
      '{s} is a well known {o}.',
      '{s} earned a living as a {o}.',
      '{p} is a {o} by profession.',
      '{s} became a {o} at a young age.',
    ],
    questions: ['What is the profession of {s}?', 'What was the profession of {s}?', 'What did {s} work as?'],
  }),
  employer: about('person', 'company', 'employer', {
    sentences: [
      '{s} worked for {o}.',
      '{s} spent many years at {o}.',
      'The employer of {s} was {o}.',
      '{p} was hired by {o}.',
      'For a long time {s} was employed by {o}.',
    ],
    questions: ['What is the employer of {s}?', 'Which company did {s} work for?', 'For which company did {s} work?'],
    descriptions: ['the employer of {s}', 'the company that {s} worked for'],
  }),
  birthYear: about('person', null, 'birth year', {
    sentences: ['{s} was born in the year {o}.', 'The birth year of {s} is {o}.', '{p} was born in the year {o}.'],
    questions: ['When was {s} born?', 'In what year was {s} born?', 'What is the birth year of {s}?'],
  }),
  spouse: about('person', 'person', 'spouse', {
    sentences: [
      '{s} married {o}.',
      '{s} is married to {o}.',
      'The spouse of {s} is {o}.',
      '{p} married {o} after a long journey.',
    ],
    questions: ['Who is the spouse of {s}?', 'Who married {s}?', 'To whom is {s} married?'],
    descriptions: ['the spouse of {s}', 'the person who married {s}'],
  }),
  river: about('town', 'river', 'river', {
    sentences: [
      '{s} lies on the river {o}.',
      '{s} stands on the banks of the river {o}.',
      'The river {o} flows through {s}.',
      'The old bridge of {s} crosses the river {o}.',
    ],
    questions: ['On which river does {s} lie?', 'Which river flows through {s}?', 'What is the river of {s}?'],
    descriptions: ['the river of {s}', 'the river that flows through {s}'],
  }),
  province: about('town', null, 'province', {
    sentences: [
      '{s} is a town in the province of {o}.',
      '{s} belongs to the province of {o}.',
      'The town lies in the province of {o}.',
      '{s} is one of the oldest towns in the province of {o}.',
    ],
    questions: ['In which province is {s}?', 'What is the province of {s}?', 'To which province does {s} belong?'],
  }),
  mayor: about('town', 'person', 'mayor', {
    sentences: [
      'The mayor of {s} is {o}.',
      '{o} is the mayor of {s}.',
      '{s} elected {o} as mayor.',
      'The town is led by mayor {o}.',
    ],
    questions: ['Who is the mayor of {s}?', 'Who leads {s} as mayor?'],
    descriptions: ['the mayor of {s}', 'the person who leads {s} as mayor'],
  }),
  lake: about('river', null, 'lake', {
    sentences: [
      'The {s} flows into lake {o}.',
      'The {s} ends in lake {o}.',
      'After many bends the {s} reaches lake {o}.',
      'The river empties into lake {o}.',
    ],
    questions: ['Into which lake does the {s} flow?', 'What is the lake of the {s}?', 'Which lake does the {s} reach?'],
  }),
  source: about('river', null, 'source', {
    sentences: [
      'The {s} rises in the {o} hills.',
      'The source of the {s} is in the {o} hills.',
      'The {s} begins in the {o} hills.',
      'The river comes down from the {o} hills.',
    ],
    questions: [
      'In which hills does the {s} rise?',
      'Where is the source of the {s}?',
      'What is the source of the {s}?',
    ],
  }),
  founder: about('company', 'person', 'founder', {
    sentences: [
      '{s} was founded by {o}.',
      'The founder of {s} is {o}.',
      '{o} founded {s}.',
      'The company was started by {o}.',
      '{o} opened the first shop of {s}.',
    ],
    questions: ['Who founded {s}?', 'Who is the founder of {s}?', 'By whom was {s} founded?'],
    descriptions: ['the founder of {s}', 'the person who founded {s}'],
  }),
  headquarters: about('company', 'town', 'headquarters', {
    sentences: [
      '{s} has its headquarters in {o}.',
      'The headquarters of {s} is in {o}.',
      'The main office of {s} is in {o}.',
      'The company is based in {o}.',
    ],
    questions: ['Where is the headquarters of {s}?', 'In which town is {s} based?', 'What is the headquarters of {s}?'],
    descriptions: ['the headquarters of {s}', 'the town where {s} is based'],
  }),
  product: about('company', null, 'product', {
    sentences: [
      '{s} makes {o}.',
      '{s} is known for its {o}.',
      'The main product of {s} is {o}.',
      'The company sells {o} all over the country.',
    ],
    questions: ['What does {s} make?', 'What is the product of {s}?', 'What is the main product of {s}?'],
  }),
  inventor: about('invention', 'person', 'inventor', {
    sentences: [
      'The {s} was invented by {o}.',
      'The inventor of the {s} is {o}.',
      '{o} invented the {s}.',
      '{o} built the first {s}.',
      'The device was designed by {o}.',
    ],
    questions: ['Who invented the {s}?', 'Who is the inventor of the {s}?', 'By whom was the {s} invented?'],
    descriptions: ['the inventor of the {s}', 'the person who invented the {s}'],
  }),
  inventionYear: about('invention', null, 'year', {
    sentences: [
      'The {s} was first shown in the year {o}.',
      'The {s} appeared in the year {o}.',
      'The device was finished in the year {o}.',
    ],
    questions: ['In what year did the {s} appear?', 'What is the year of the {s}?'],
  }),
  author: about('book', 'person', 'author', {
    sentences: [
      '{s} was written by {o}.',
      'The author of {s} is {o}.',
      '{o} wrote {s}.',
      '{o} is the author of {s}.',
      'The book was written by {o}.',
    ],
    questions: ['Who wrote {s}?', 'Who is the author of {s}?', 'By whom was {s} written?'],
    descriptions: ['the author of {s}', 'the person who wrote {s}'],
  }),
  genre: about('book', null, 'genre', {
    sentences: [
      '{s} is a {o}.',
      '{s} is a famous {o}.',
      '{s} is a {o} loved by many readers.',
      'The book is a {o} in three parts.',
    ],
    questions: ['What is the genre of {s}?', 'What kind of book is {s}?'],
  }),
  host: about('festival', 'town', 'host', {
    sentences: [
      'The {s} is held in {o}.',
      'The {s} takes place in {o}.',
      'The host of the {s} is {o}.',
      '{o} hosts the {s} every year.',
      'Every year the event is held in {o}.',
    ],
    questions: ['Where is the {s} held?', 'Which town hosts the {s}?', 'What is the host of the {s}?'],
    descriptions: ['the host of the {s}', 'the town that hosts the {s}'],
  }),
  month: about('festival', null, 'month', {
    sentences: [
      'The {s} begins in {o}.',
      'The {s} is celebrated in {o}.',
      'The event starts in {o}.',
      'Visitors come to the {s} in {o}.',
    ],
    questions: ['In which month is the {s}?', 'When is the {s} celebrated?', 'What is the month of the {s}?'],
  }),
} as const satisfies Record<string, Relation>
export type RelationName = keyof typeof relations

/** Whether a name of this kind is spoken with "the". */
export const hasArticle = (kind: Kind): boolean => kind === 'river' || kind === 'invention' || kind === 'festival'

export const fill = (template: string, values: { s?: string; o?: string; p?: string }): string =>
  template
    .replaceAll(/\{([sop])\}/g, (_, key: 's' | 'o' | 'p') => values[key] ?? '')
    .replaceAll(/\b([Aa]) (?=[aeiou])/g, '$1n ')
