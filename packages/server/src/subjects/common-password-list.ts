/**
 * Common passwords: those of twelve characters and more, and the words that people lengthen with digits. Derived from the
 * list of @zxcvbn-ts/language-common 4.1.3, whose licence follows. Sorted, lower case, separated by white space.
 *
 * Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc.
 * Copyright (c) 2021 @zxcvbn-ts
 *
 * Permission is hereby granted, free of charge, to any person obtaining
 * a copy of this software and associated documentation files (the
 * "Software"), to deal in the Software without restriction, including
 * without limitation the rights to use, copy, modify, merge, publish,
 * distribute, sublicense, and/or sell copies of the Software, and to
 * permit persons to whom the Software is furnished to do so, subject to
 * the following conditions:
 *
 * The above copyright notice and this permission notice shall be
 * included in all copies or substantial portions of the Software.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND,
 * EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
 * MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
 * NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE
 * LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION
 * OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION
 * WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
 */
export const commonPasswordList = `
010203040506 012345678910 014702580369 01telemike01 050605rostik 102030405060 1111111111zz 111222333000
111222333444555 112233445566 122333444455555 123123qweqwe 123321123321 123321456654 123321qweewq
123456654321 12345677654321 123456782000 1234567887654321 123456789000 12345678900987654321 123456789012
1234567890987654321 1234567890qaz 1234567890qw 1234567890qwe 1234567890qwerty 1234567890zzz 123456789101
123456789123 1234567892000 12345678987654321 123456789987654321 123456789aaa 123456789abc 123456789asd
123456789qaz 123456789qqq 123456789qwe 123456789qwer 123456789qwerty 123456789zxc 1234567qwertyu
123456qwerty 123456zxcvbn 1234qwerasdf 1234qwerasdfzxcv 123ewqasdcxz 123qwe123qwe 123qwe456rty
123qweasdzxc 123qwerty123 12qw34er56ty 159753159753 159753456852 193570356033 19960610ilja 1a2a3a4a5a6a
1a2s3d4f5g6h 1q2w3e4r5t6y 1qa2ws3ed4rf 1qa2ws3ed4rf5tg 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw23edc
1qazxsw23edcvfr4 23176djivanfros 23wkoa0fp78dk 31217221027711 32615948worms 41d8cd98f00b 420842084208555
4815162342lf 4815162342lost 541233432442 59382113kevinp 6215mila6215 742617000027 89063032220m
89231243658s 89876065093rax 89semtsriuty a1s2d3f4g5h6 a4tech aaabbb aaasss aaliyah aardvark aaron aassdd
abacab abacus abbey abbott abc123456789 abdullah aberdeen abgrtyu abigail abnormal abracadabra abraham
abrakadabra abraxas absolut absolute absolutely abstr acapulco accept access acclaim accord account
achilles achtung acidburn acmilan action active acura adams addict addicted addison address adelaide
adelina adgjmptw adidas admin admin18533362 administrator admiral adonis adrenalin adrian adriana adrianna
adriano adrienne adult adults advance advanced advent adventure aerosmit aezakmi africa afrika again
agassi agent aggies ahmed aikido aikman aileen aimee airborne airbus aircraft airforce airman airplane
airport airwolf aisan akira aksjdlasdakj89879 alabama aladdin aladin alain alanis alaska albany albatros
albert alberta alberto albina albion alcatel alcatraz alchemy alcohol alejandr alejandra alejandro
aleksandr aleksandra aleksei aleksey alena alenka alert alesha alessand alessandro alexa alexalex alexande
alexander alexandr alexandra alexandre alexey alexi alexia alexis alexus alexxx alfonso alfred alfredo
algebra alibaba alice alicia alien aliens aligator alina alinka alisa alisha alison alissa alive all4one
allah allan allday allegro allen alley alleycat allgood alliance allison allmine allnight allsop allstar
allstate almighty almond aloha alone alonso alpha alpha135792468 alphabet alpina alpine altair alterego
althea altima altoids alucard alvaro always alyson alyssa amadeus amadeusptfcor amalia amand amanda
amateur amateurs amatory amature amazing amazon amber ambers ambrose ambrosia amelia amelie americ america
american amerika amethyst amiga amigo amigos amonra amorcit amore amstel amsterda amsterdam an83546921an13
anaconda anakin analog analsex ananas anarchy anastasi anastasia anastasiya anchor anders andersen
anderson andre andrea andreas andrei andres andrew andrewjackie andrews andrey android andromed andromeda
andyandy anfield anfisa angel angela angelic angelica angelika angelina angelit angell angelo angels
angelus angie angus anhyeuem animal animals animated anime anita ankara annaanna annabell annette annie
annika annmarie anonymous another answer antananarivu antares antelope anthon anthony anthrax antoine
anton antoni antonia antonina antonio antonov antony anubis anything anytime anytimetoday aolsucks apache
apollo apple applepie apples apricot april aprilia aptiva aquarius aqwzsx aragon aragorn aramis arcadia
archange archer archery archie architec arctic argentin argentina argyle ariana ariane arianna ariel aries
arizona arjay arkansas arlene armada armageddon armagedon armand armando armani armstron armstrong arnold
around arrow arrows arsena arsenal artem artemis artemka arthur artist artur arturo asd123asd123 asdas
asdasd asddsa asdfasdf asdffdsa asdfg asdfgh asdfgh123456 asdfghj asdfghjk asdfghjkl asdfghjkl123 asdfjkl
asdfqwer asdfzxcv asdqwe asdzxc asgard ashle ashlee ashleigh ashley ashton asian asians aside asimov aspen
aspire aspirin aspirine assasin assass assassin asses assfuck asshol asshole assholes asslover assman
assmunch asswipe assword asterix asthma astra astral astrid astro astros athena athens athlon athome
atlanta atlantic atlantis atlas atomic atreides attack atticus attila attitude attorney attract aubrey
auburn auckland auckland2010 audio auditt audrey auggie august augusta augustin augustus aurora aussie
austin australi australia austria autumn avalanch avalon avanti avatar avenger avenue aviation aviator
avrillavigne awesome awful awnyce ayanami azamat azazel azert azerty azertyui azertyuiop azrael azsxdc
azsxdcfv aztnm azzer babemagnet baberuth babes babies baboon babybaby babybear babyblue babyboy babycake
babydoll babyface babygirl babylon babylove bacardi bacchus backbone backdoor backup bacon badabing badass
badboy badboys baddest baddog badger badgers badgirl badiman28200 badman baggies baggins baggio bagira
bagpuss bahamas bahamut bailey bajingan baker balance balboa baldwin baller ballet ballin balloon balloons
balls ballsack baltimor bambam bambi bamboo banan banana bananas banane bandi bandit bangbang banger
bangkok banker banner banshee banzai baracuda barbados barbara barber barbie barcelon barcelona barefeet
barefoot barfly baritone barker barkley barley barnes barney baron baronn barrage barrett barron barry
barselona barsik bartman barton basebal baseball basement basher basic basil basket basketba basketbal
basketball basset bassman bassoon bastard bastards bathing batista batman battery battle bauhaus baura
baxter bayern baylor bazooka bball bbking bcfields bdfyjd beach beaches beacon beagle beaker beamer beaner
beanie beans bearbear bearcat bearcats beardog bears beast beastie beater beating beatle beatles beatrice
beatriz beautifu beautiful beauty beaver beavers beavis because becca becker beckham becky bedford bedlam
beech beefcake beeline beemer beerbeer beerman beerme beethove beetle beezer before begemot behappy belair
believe belinda belinea belize belkin bella bellaco bellagio belle belly belmont beloved bender bendover
benedict benessere benfica bengal bengals benito benjami benjamin benji bennett bennie benny benoit benson
bentley benton beowulf beretta bergen berger bergkamp berkeley berlin bermuda bernard bernardo bernhard
bernice bernie berry bertha bertie bertram bertrand bessie bestbuy bethany betsy better bettina betty
bettyboo bettyboop beverley beverly bhbirf bhrh0h2oof6xbqjeh bianca biatch bicycle bigal bigass bigballs
bigbang bigbear bigben bigbird bigblack bigblock bigblue bigbob bigboobs bigbooty bigboss bigboy bigbucks
bigbutt bigcat bigcock bigdad bigdaddy bigdawg bigdick bigdicks bigdog bigfish bigfoot bigger biggie
biggles biggun bigguns bigguy bighead bigjim bigjohn bigmac bigman bigmike bigmoney bigone bigones bigpimp
bigpoppa bigred bigsexy bigtime bigtit bigtits bigtruck biguns bigworm biker bikers bikini bilbo billabon
billabong billbill billie billy billybob billyboy bimbo bimmer binder bingo binky binladen biohazard
biology bionic bionicle birddog birdie birdman birgit birthday biscuit bisexual bishop bismarck bismark
bismilla bismillah bitch bitchass bitches bitchy biteme bitter bizkit bizzare blabla black blackberry
blackbir blackbird blackcat blackdog blackhaw blackhawk blackice blackie blackjac blackjack blacklab
blackman blackops blackout blacks blacksonblon blacky blade blades blahblah blaine blake blanca blanche
blanco blast blaster blaze blazer blazers bleach bledsoe blender blessed blessing blink blinky blitz
blizzard blobby block bloke blond blonde blondes blondie blonds blood bloody blossom blowfish blowjob
blowme bltynbabrfwbz blubber blueball bluebell blueberr blueberry bluebird blueblue blueboy bluedog
blueeyes bluefish bluejay bluejays bluemoon blues bluesky bluesman bluestar blunt blunts board boater
boating bobafett bobbie bobbob bobby bobcat bobdole bobdylan bobmarley boeing bogart bogdan bogey bogota
bogus bohica boiler bolitas bollocks bollox bologna bolton bombay bomber bombers bonanza bondage bonehead
boner boners bones bonghit bongo bonita bonjour bonjovi bonkers bonner bonnie bonovox bonsai bonzai
boobear boobie boobies booboo boobs booger boogie booker bookie books bookworm boomboom boomer booster
bootie boots bootsie bootsy booty bootys booyah boozer bopper borabora bordeaux border borders boricua
boris boroda borussia bosco bossman boston bottle bottom boulder bounce bouncer bounty bourbon bowler
bowling bowman bowser bowtie bowwow boxcar boxer boxers boxing boxster boy4u2ownnyc boytoy bpgjldsgjldthnf
br0d3r bracken bradford bradley brady brain brains bramble branch brand brandi brando brandon brandy
brasil braves bravo brazil bread break breaker breanna breast breasts breath breeze bremen brenda brendan
brenna brennan brent brest brett brewer brewster brian briana brianna bricks bridge bridget briggs bright
brighton brigitte bristol british britney brittany brittney broadway brodie broken broker bronco broncos
bronson bronze brook brooke brooklyn brooks brother brothers brown browndog brownie browning browns bruce
brucelee bruins bruiser bruno brutus bryan bryant bubba bubbas bubble bubbles buceta buckaroo bucker
bucket buckeye buckeyes buckley bucks buckshot bucky budapest buddah buddha buddie buddies buddy buddyboy
buddydog buddys budgie budlight budlite budman budweise budweiser buffa buffalo buffet buffett buffy
buford bugger builder building bukkake bukowski bulldog bulldogs bullet bulletin bullfrog bullit
bullnuts2003 bulls bullseye bullshit bumble bummer bumper bundy bunghole bungle bunker bunnies bunny
burger burner burning burnout burns burrito burton bushido business businessbabe buste busted buster
bustle busty butch butcher butkus butler butter buttercu buttercup butterfl butterfly butters buttfuck
butthead butthole buttman button buttons butts buzzard buzzer bynthytn byteme c2h5oh cabbage cabernet
cable cabron cactus caddy cadillac caesar caitlin caitlyn cajun caleb calendar calgary calibra calico
caliente californ california caligula calimero callaway callie calling callisto callum calvin calypso
camaro camaross camber cambiami cambridg camden camel camelot camels cameltoe camera camero cameron camil
camila camilla camille campbell camper camping canada canadian canary cancel cancer cancun candace candice
candies candle candy candyass candyman canine cannabis cannibal cannon canon canton cantona canuck canucks
canyon capcom capecod capetown capital capitals capoeira capone caprice capricor capricorn capslock
captain caracas caramel caravan carbon cardiff cardinal cardinals cards carebear carina carla carling
carlisle carlito carlitos carlo carlos carlton carman carme carmel carmen carmine carnage carnival carol
carola carole carolin carolina caroline carolyn carpedie carpediem carpente carpet carrera carrie carroll
carrot carrots carson carsten carter cartman cartoon cartoons carver casablanca casanova cascade caserta
casey cashflow cashmone cashmoney casino casio casper cassandr cassandra cassidy cassie caster castillo
castle castor castro catalina catcher catdog catfight catfish catfood catherin catherine cathy catman
catnip cattle catwoman caught caution cavalier caveman cayman cazzo cbr900rr ccbill cdtnbr cdtnkfyf ceasar
cecil cecile cecilia cedric celeb celebrity celeron celeste celica celina celine celtic celtics cement
center central century cerberus cerebus cesare cessna cevthrb cfitymrf cfvceyu cgfhnfr chachi chadwick
chains chainsaw chair chairman challeng chamber chambers champ champion champs chance chandler chandra
chanel chang change changed changeme changes channel chantal chaos chapman chappy charge charger chargers
charisma charity charle charlene charles charley charli charlie charlott charlotte charlton charly charmed
charon charter chase chaser chavez cheater check checker checkers checkmat cheddar cheech cheeks cheeky
cheerleaers cheers cheese cheeseburger cheetah chelle chelse chelsea chemical chemist cheng cherie
cherokee cherries cherry cheryl cheshire chess chessie chester chesterfield chestnut chevelle chevrole
chevrolet chevy chevys chewbacc chewie chewy cheyenne chiara chicago chichi chick chicken chickens
chickenwing101 chicks chico chief chiefs children chill chilli chillin chilly chimera china chinese
chingon chinook chipmunk chipper chippy chips chiquita chitown chivas chloe chocha chocolat chocolate
choice choke chong chooch choochoo chopin chopper chouchou chowchow chris chrisbln chriss chrissy christ
christa christi christia christian christie christin christina christine christma christmas christo
christop christophe christopher christopher1 christy chrome chronic chrono chrysler chuai chuang chubby
chuck chuckie chuckles chucky chunky church churchil ciaociao ciccio cicero cigar cigars cinder cindy
cinema cinnamon circle circus cirrus cisco citadel citation citizen citroen citrus civic civicsi
civilization civilwar cjdthitycndj cjkysirj cjkywt claire clancy clapton clarence clarinet clarissa clark
clarke classic classics claude claudi claudia claudio claymore clayton clean cleaner clemens clement
clemente clemson cleopatr cleopatra clevelan cleveland clever cliff clifford clifton climax climber
climbing clint clinton clipper clippers clips clitoris clock close closer cloud clouds cloudy clover
clovis clown clowns clutch clyde cnfc35762209 cnfkrth cnfybckfd coach cobain cobalt cobra cobras cocacol
cocacola cocaine cocker cocks cocksuck cocksucker cocoa coconut codered coffee cohiba coldbeer coldplay
coleman colin colleen college collie collin collins colnago colombia colonel colonial color colorado
colors colton coltrane columbia columbus comanche combat combat123654 comcast comedy comein comeon comet
comets comfort comics coming command commande commander commando common compact company compaq compass
complete compton compute computer conan concord concorde concrete condom condor configuratio confirm
confused connect conner connie connor conover conquest conrad constant construction consult consumer
contact content contest continue contortionist contour contra contract control converse conway coochie
cookie cookies cooking coolcat coolcool cooldude cooler coolguy coolhand coolio coolman coolness cooper
coors cooter copenhag copper coral corazo corazon corbin corey corina corinna corinne corleone corndog
cornelia cornell corner cornhole cornwall corolla corona corperfmonsy corps corrado corsair cortez
corvette corwin cosmic cosmo cosmopolitan cosmos costello cosworth cottage cotton cougar cougars counter
counterstrike country county courage court courtney cousin coventry cowboy cowboys cowgirl coyote crack
cracker crackers craig cramps crane crappy crash craven craving crawford crazy crazybab crazyman cream
creampie creamy create creation creative creator creature credit creed creeper creepers crescent cricket
criminal crimson crispy cristian cristina critter crjhgbjy cromwell crosby cross crown cruise cruiser
crumbs crunch crusader crusher crusty crysis crystal csyjxtr cthtuf cthulhu cthutq ctrhtn cubbies cubswin
cucumber cuddles cuervo culinary cullen cumming cummins cumshot cumslut cunts cupcake cupoi curious curtis
custer custom customer cutie cutiepie cutlass cutter cvthnm cxfcnmt cyber cyborg cyclone cyclones cyclops
cygnus cynthia cypher cypress cyprus cyrano cyrus dabears dabomb dabulls daddy daddyo daddys daedalus
daemon daewoo daffy dagger dagmar daisey daisy daisydog dakota dalejr dallas dalshe dalton damage daman
damian damien dammit damnit damon dance dancer dancing danger dangerous danie daniel daniela daniele
daniell daniella danielle daniels daniil danila danilka danish danni danny dannyboy dante danzig daphne
daredevi daredevil darian darina darius darkange darkangel darkelf darklord darkman darkness darkone
darkside darkstar darlene darling darrel darrell darren darryl darth darthvad darwin dasani dasha dasher
datsun daughter davedave david davide davids davidson davies davinci davis dawgs dawson daydream daylight
dayton daytona dbnfkbr dbrnjh dbrnjhbz deacon deadhead deadly deadman deadpool deadspin dealer deanna
death deathnote deaths debbie debora deborah debra december decimal decker deedee deejay deeper deepthroat
deerhunt deeznuts deeznutz default defender defense defiant deftones dejavu delaney delaware delboy delete
delfin delight delilah delldell delmar delphi delphine delpiero delta deltas deluxe demon demons dempsey
denali denied deniro denis denise deniska denmark dennis density dental dentist denver depeche deputy
derek derparol derrick descent desert design designer desire desiree deskjet desktop desmond destin
destiny destroy detroit deutsch devil devildog deville devilman devilmaycry4 devils devin devine devon
dewalt dexter dfcbkbcf dfcbkbq dfhdfhf dfkthbz dfkthf dfktynby dfktynbyf dfvgbh dfytxrf dharma diablo
dialog diamon diamond diamonds diana diane dianna dianne diaper diapers dickdick dickens dicker dickhead
dickie dicks dicky didier diego diehard diesel dietcoke dieter digger diggler digimon digital digitalprodu
dilbert dildo dilligaf dillon dimadima dimas dimitri dimples dinamo dinara dindom dinero dingbat dingdong
dinger dingle dingo dinner dinosaur diplomat dipper dipset dipshit dipstick direct director dirtbike dirty
dirtydog disabled disaster disco discover discovery discus disney diver divers divine diving divorce dixie
dizzy django dkflbckfd dkflbr dkflbvbh dkflbvbhjdbx dkflbvbhjdyf dmitriy dnsadm doberman doctor dodge
dodger dodgeram dodgers dogbert dogbone dogboy dogcat dogface dogfart dogfood dogger doggie doggies doggy
doghouse dogman dogmeat dogpound dogshit dogwood doitnow doktor dolemite dollar dollars dolly dolores
dolphin dolphins domain domainlock2005 domenico domingo domini dominic dominick dominik dominika dominion
dominiqu dominique domino donald donjuan donkey donna donner donnie donovan dontknow donuts doobie doodle
doodles doofus doogie dookie dooley doomsday doors dorado doreen dorian doris dorothy dortmund dotcom
dottie double doubled douche dougal doughboy doughnut dougie douglas downer downhill download downtown
draco dracula drag0n drago dragon dragonba dragonball dragonballz dragonfl dragonfly dragons dragoon
dragster drake drakon draven dream dreamcas dreamcast dreamer dreaming dreams dresden drifter driller
drive driven driver drizzt droopy drowssap drpepper drummer drums drunk dthjybrf dtkjcbgtl dtxyjcnm duane
dublin ducati duchess duckduck duckie duckman ducks ducky dudedude dudeman dudes dudley duffer duffman
duffy dukeduke dumbass dummy dunbar duncan dundee dungeon dunhill dunlop dupont durango durham duster
dustin dusty dutch dutchess dutchman dwayne dwight dylan dynamic dynamite dynamo dynasty eagle eagles
earnhard earth earthlin earthlink easter eastern easton eastside eastwood eating eatme eatmenow eatpussy
eatshit ebony eclipse ecuador edcrfv eddie edgar edison editor edmonton eduard eduardo edward edwardcullen
edwards edwin eeyore egghead eggman eggplant egorka eight eighteen eileen einstein ejaculation ekaterina
ekmzyf elaine elcamino eldiablo eldorado eleanor electra electric electro electron elefant element
elements elena eleonora elephant elevator eleven elijah elisabet elite elizabet elizabeth elizaveta ellen
ellie elliot elliott elmira elodie eloise elpaso elvira elvis elvisp elway elwood emanuel embalmer emerald
emerson emilia emilie emilio emily eminem emmanuel emmett emmitt emperor empire encore ender energy
enforcer engage engine engineer england english enigma enjoy enrico enrique enter enterme enternow
enterpri enterprise enters entertainment entrance entropy entry envelope epsilon equinox eraser erection
erica ericsson erika ernest ernesto ernie erotic erotica errors escalade escape escorpio escort eskimo
espana espresso esprit esquire estate esteban estelle esther estrell estrella eternal eternity ethan
euclid eugene eunice euphoria eureka europa europe evangeli evangelion evans evelyn everest everett
everlast everton evgeniy evilone evolutio evolution excalibu excalibur excess exchange excite exeter
exigen exigent exodus exotic experience experienced expert explore explorer export express extensa extra
extreme ezekiel f00tball fabian fabie fabienn fabio fabric fabulous facebook facial factory faggot
fairlane faith faithful falcon falcons fallen falling fallon fallout famil family famous fandango fanny
fantasia fantasies fantasy fantom fantomas faraon farida farley farmboy farmer farscape farside fashion
fastball faster fatass fatboy fatcat father fatima fatima753357 fatman fatty favorite fduecn fearless
feather feathers february federal federico feelgood felicia feline felipe felix fellatio fellow female
females fender fenris fenway fergie fergus ferguson fernand fernanda fernande fernando ferrari ferret
ferris fester festival festus fetish fghtkm fgtkmcby fhctybq fhntvrf fhvfutljy ficken fiction fiddle
fidelio fidelity field fields fiesta figaro fight fighter fighting figure films filter filthy finalfantasy
finally finance findaupair007 finder finger fingers finish finland fireball firebird fireblad firedog
firefigh firefire firefly firefox firehawk fireman firenze firestorm firewall first fischer fishbone
fishcake fisher fisherma fisherman fishes fishfish fishhead fishin fishing fishman fishon fishtank fishy
fister fisting fitness fitter fivestar fkbyjxrf fkmnthyfnbdf fktrcfylh fktrcfylhf fktrcfylhjdbx
fktrcfylhjdf fktrcfylhjdyf fktrctq fktyrf flame flamengo flames flamingo flanders flanker flash flasher
flashman flathead flatron fleming flesh fletch fletcher flexible flicks flight flint flipflop flipper
floppy florence flores florian florida flounder flowe flower flowers floyd fluff fluffy flvbybcnhfnjh
flyboy flyer flyers flyfish flying fmale focus follow foobar foolish footbal football footjob footman
forbes force foreplay foreskin forest foreve forever foreveryoung forfun forget forgetit forgot forlife
format formula forrest forsaken forsberg fortress fortuna fortune forum forward foryou fossil foster
fosters fountain fowler foxfire foxtrot foxylady fraggle franc france frances francesc francesco francine
francis francisc francisco franco francois frank frankie franklin franks franky fraser frazier freak
freaked freaks freaky freckles freddie freddy frederic frederick frederik frederiksberg fredfred fredrick
freebird freedo freedom freee freefall freefree freeman freepass freeporn freesex freestyle freeuser
freeway freewill freeze french frenchie frenchy fresh fresno friday friend friendly friends friendster
fright fringe frisbee frisco frisky fritz frodo frogfrog frogger froggie froggy frogman frogs frontier
frosch frost frosty frozen fruitbat fruity fubar fucked fucker fuckers fuckface fuckfuck fuckhead fuckher
fuckin fucking fuckinside fuckit fuckme fuckoff fucks fucktheworld fuckthis fucku fuckyo fuckyou
fuckyoubitch fudge fugazi fujifilm fujitsu fulham fullback fuller fullmoon function fungus funky funny
funstuff funtime funtimes furball fusion fussball futbol futurama future fuzzball fuzzy fyfcnfcbz fyfnjkbq
fylhtq fynfyfyfhbde fynjirf fytxrf fyutkbyf fyutkjxtr fzappa gabber gabby gabrie gabriel gabriela gabriele
gabriell gabrielle gadget gaell gagarin gagged gagging galant galary galaxy galileo galina gallaries
galore galway gambit gamble gambler gameboy gamecock gamecube gameover games gamma gandalf ganesh gangbang
gangbanged gangsta gangster ganja gannibal garage garbage garcia garden gardner gareth garfield gargoyle
garion garland garlic garner garnet garret garrett garrison gasman gaston gateway gatit gator gatorade
gators gatsby gaucho gavin gawker gayboy gaylord gaymen gbhfvblf gbpltw gdtrfb geezer gegcbr geheim gemini
general generals generic genesis geneva genius gentle geoffrey georg george georgia georgie georgina
gerald gerard gerber gerbil gerhard german germany geronimo gerrard gerry gertrude gesperrt getit getlost
getmoney getoff getout getsome getting gfgfvfvf gfhfktkjuhfv gfhjkm gfhjkmgfhjkm gfynthf ghbdtn ghbdtnbr
ghbdtndctv ghbdtnghbdtn ghbdtnrfrltkf ghblehjr ghbrjk ghbywtccf ghetto ghhh47hj7649 ghjatccbjyfk
ghjcnbnenrf ghjcnj ghjcnjgbpltw ghjcnjgfhjkm ghjcnjghjcnj ghjcnjnfr ghjcnjq ghjcnjqgfhjkm ghjcnjrdfibyj
ghjnbdjcnjzybt ghjuhfvvf ghost ghostrider ghosts ghtdtlvtldtl gianluca gianni giant giants gibson gideon
gidget gigabyte giggle giggles gilbert gilles gillian gilligan gilmore ginger giorgi giorgio giovanna
giovanni giraffe girlie girlies girls giulia giuseppe gizmo gizmodo gizmos gizzmo gjkbyf gjkysqgbpltw
glacier gladiato gladiator gladys glamour glasgow glass glasses glenda glendale glenn glitter global
globus glock gloria glory glover gloves gmoney goalie goarmy goats goaway gobears goblin goblue gobucks
gocubs godawgs godbless goddess godfathe godfather godiva godlike godsmack godspeed godzilla gofast gofish
goforit gogators gohome goirish goldberg golden goldeney goldeneye goldfing goldfish goldie goldstar
goldwing golfball golfer golfgolf golfgti golfing golfnut golfpro goliath gollum gonavy gonzales gonzalez
gonzo goober goodboy goodbye goodday goodgirl goodie goodluck goodman goodtime goodyear goofball goofy
google gooner goose gopher gordo gordon gorgeous gorilla gotcha goten gotenks gotham gothic gotmilk
gotohell gotribe govols grace gracie graduate graham gramma granada grand grandam grande grandma grandpa
granite granny grant grapes graphics grass grateful gratis graves gravity grayson graywolf grease great
greatest greatone greece greedisgood greedy green greenbay greenday greene greenlantern greenman greens
gregor gregory gremlin grendel gretchen gretzky greywolf griffey griffin griffith grimace grinch gringo
grisha grizzly gromit groove groovy groucho ground groups grover grumpy grunt gryphon gthcbr gthtrfnbgjkt
gtnhjdbx gtnhjpfdjlcr guang guardian gucci guess guest guido guillaum guillerm guiness guinness guitar
guitars gulnara gumby gundam gunnar gunner gunners gunther gustav gustavo gutter guyver gymnast gypsy
habibi hacked hacker hackers hacking haggis hailey hairball hairy haley halflife halifax hallie hallo
hallowee halloween hambone hamburg hamilton hamish hamlet hammer hammers hammond hamper hampton hamster
hancock handbag handball handsome handyman hanna hannah hannes hannibal hansen hansol hansolo hanson
hanuman happines happiness happy happyday happyman harald harbor harcore hardball hardcock hardcore
harddick harder hardon hardone hardrock hardware hardwood hardy harle harlem harley harman harmon harmony
harold harper harpoon harrier harriet harris harrison harry harrypotter hartford harvard harvest harvey
hassan hastings hatred hatter hattrick havana havefun having hawaii hawaiian hawkeye hawkeyes hawkins
hawks hawthorn hayabusa hayden hayley hazard hd764nw5d7e1vb1 hd764nw5d7e1vbv health heart hearts heater
heather heaven heavenly heavy heckfy hector hedgehog hedimaptfcor heels heidi heineken heinrich hejsan
helen helena helene helios helium hellas hellboy hellfire hellno hello hellokitty helloo hellos hellsing
hellyeah helmet helmut helper helpme helsinki hemlock hendrix henrik henry hentai herbert herbie hercules
herewego heritage herman hermes heroes herring hershey hesoyam hester hetfield hewitt hewlett heynow
heyyou hfytnrb hidden higgins highbury higher highheel highland highlander highlife highway hiking hilary
hillary hillbill hillside hilltop hilton hiphop hippie hippo history hitachi hithere hitler hitman hiziad
hjccbz hjvfirf hobart hobbes hobbit hocke hockey hoffman hogan hogtied hokies holden holes holger holiday
holidays holla holland hollie hollow holly hollywoo hollywood holmes holycow holyshit homeboy homely
homemade homepage homer homerj homers homerun homework honda hondacbr hondas honduras honest honesty honey
honeybee honeybun honeys hongkong honolulu honor hoochie hookem hooker hookers hookup hooligan hooper
hoops hoosier hoosiers hooter hooters hootie hoover hooyah hopeful hopeless hopkins hopper horace horatio
hores horizon horndog hornet hornets horney horny horror horse horseman horsemen horses horton hospital
hotass hotbox hotboy hotdog hotel hotgirl hotgirls hotlips hotmama hotone hotpussy hotrats hotred hotrod
hotsex hotshot hotspur hotstuff hottest hottie hotties houdini hound hounddog house houses housewifes
houston hover howard howdy howell htubcnhfwbz huang hubert hudson hugetits hughes hugoboss humbug hummel
hummer humphrey hungry hunte hunter hunting hurley hurrican hurricane husband husker huskers huskies husky
hustle hustler hybrid hydro hydrogen hyperion hyundai iamgod iampurehaha2 ibanez ibrahim icarus iceberg
icecold icecream icecube icehouse iceland iceman idefix idiot idontkno idontknow idunno iforget iforgot
iguana ihateyou ijrjkfl ilikeit ilikepie illini illinois illmatic illusion ilove iloveboobies ilovegod
iloveme ilovemyfamily ilovepussy ilovesex iloveu iloveyo iloveyou image imagine imation immortal impact
impala imperial implants impreza incubus indain india indian indiana indians indigo indira indon infamous
infantry infected inferno infiniti infinity information ingodwetrust ingrid inlove innocent insane
insanity insecure insert inside insight insomnia inspiron install installdevic installsqlst instant
instinct integra integral intel intelligence inter interacial intercourse interest internal international
interne internet intrepid intruder inuyasha invest iomega ipo54tj45uy856 ipswich ireland irene irina
irinka irish irishka irishman iriska ironmaiden ironman irving isaac isabel isabell isabella isabelle
isaiah iscool iseedeadpeople island islander ismail israel issues istanbul istheman italia italian
italiano italy itisme itsme ivanov ivanova iverson iwantu jabber jabroni jachin jackal jackass jacket
jackie jackjack jackoff jackpot jackson jacob jacobs jacques jaeger jagger jaguar jaguars jaime jakarta
jakejake jamaica james jamesbon jamesbond jamesbond007 jameson jamess jamie jammer jammin janelle janet
janice janine january japan japanees japanese jared jarhead jarrett jarrod jarvis jasmin jasmine jason
jasper javelin javie javier jaybird jayden jayhawk jayhawks jayson jazzman jazzy jeanette jeanne jeannie
jediknig jeeper jeepers jeepster jefferso jefferson jeffery jeffrey jehovah jello jelly jellybea jellybean
jenifer jenkins jenna jennaj jennie jennife jennifer jennings jenny jensen jeremiah jeremy jericho jerkoff
jermaine jerome jerry jersey jesper jesse jessi jessic jessica jessie jester jesus jethro jetski jetta
jewel jewell jewels jewish jezebel jiang jigga jiggaman jillian jimbeam jimbo jimbob jimmie jimmy jimmys
jingle jingles jiong jktxrf jktymrf joanna joanne jocelyn jockey joebob joecool joejoe joelle joemama
johann johanna johannes johnboy johncena johndeer johndoe johngalt johnjohn johnnie johnny johnson
johnston joker jokers jolene jolly jomama jonas jonatha jonathan jonathon jones jonesy jonny jorda jordan
jordon jorge josep joseph josephin josephine josephphone7 joshu joshua josiah journey joyce joystick
jrcfyf jsbach juanita jubilee judith juggalo jughead juice juicy jules julia julian juliana julie julien
juliet juliette julio julius jumbo jumper junebug jungle junio junior juniper junkie junkmail jupiter
jurassic just4fun just4me justdoit justi justice justin justinbieber justine justme justus juventus kaboom
kahlua kahuna kaiser kaitlyn kakarot kakashi kakashka kaktus kalina kamasutra kamikadze kamikaze kamila
kamilla kangaroo kansas kappa karachi karamba karaoke karate kareem karen karin karina karine karma
karolina kashmir kasper katana katarina katelyn katerina katherin katherine kathleen kathryn kathy katie
katrin katrina kawasaki kayla kaylee kayleigh kazantip kcchiefs kcj9wx5n keegan keenan keeper keepout
keisha keith keller kelley kelli kellie kelly kelsey kelvin kendall kendra kennedy kenneth kenny kenobi
kenshin kentucky kenwood kenworth kenzie kermit kernel kerouac kerry kerstin kestrel kevin keyboard
keystone keywest kfgjxrf kfhbcf kickass kicker kicksass kidney kidrock kieran kikimora killa killbill
kille killer killers killian killjoy killkill killme kilroy kimball kimber kimberly kimmie kinder kingdom
kingfish kingking kingkong kingpin kings kingston kinky kipper kirby kirill kirkland kirsten kirsty kismet
kisses kissing kisskiss kissme kissmyas kissmyass kitchen kiteboy kitkat kitten kittens kittie kitties
kitty kittycat kittykat kittys kjkszpj kjrjvjnbd klaste klaster klaus kleopatra klingon klizma klondike
knickerless knickers knicks knight knights knock knockers knopka knuckles kodiak kojak kokomo kolbasa
kolobok kolokol komodo komputer konstantin kontakt kontol konyor koolaid korean koroleva korova koshka
kosmos kostya kotaku kotenok kraken kramer krasotka krishna krissy krista kristen kristi kristian kristie
kristin kristina kristine kristy krokodil krolik kronos krusty krypton krystal ksenia ksusha ktjynsq40147
ktyjxrf kuang kubrick kungfu kurtis l3tm31n labia labrador labtec lacoste lacrimosa lacrosse ladder laddie
ladies ladyboy ladybug laetitia lagnaf laguna lahore laker lakers lakeside lakewood lakota lakshmi
lalakers lambda lambert lamborghini lamer lamont lance lancelot lancer lancia lander landmark landon
lansing lantern lapochka laptop larisa larissa larkin larry larsen larson laser laserjet lassie lasvega
lasvegas latin latina latinas latino laughing laura laurel lauren laurence laurent laurie lavalamp lawman
lawrence lawson lawyer lazarus lback leader leanne leather leavemealone leaves lebanon lebowski ledzep
leeann leeds leedsutd left4dead lefty legacy legend legenda legends legion legman legolas legos lehjxrf
leigh leinad lekker leland lemans lemmein lemon lemonade lemons lennon lennox lenny lenochka leonard
leonardo leonid leonidas leonie leopard leopold leroy lesbain lesbian lesbians lesley leslie lespaul
lestat lester letme1n letmei letmein letmesee letsdoit letsfuck letsgo letter lewis lexmark lexus lfitymrf
lfybbk lfybkf lhbjkjubz2957704 lhfrjy liang libero libertad liberty libido library licker licking lickit
lickme lifehack lifetime light lighter lighthou lighting lightnin lightning lights lilbit lilian liliana
lilith liliya lillian lillie lilly lilman lilwayne limewire limited lincoln linda linden lindros lindsay
lindsey lineage linkin links linux lionel lioness lionhear lionheart lionking lions lipstick lipton liquid
lisalisa lisenok listen lister lithium little livelife liverpoo liverpool livewire living lizard lizzard
lizzie lizzy ljxtymrf llamas lloyd loaded loader lobster lockdown lockerroom lockout locks locoloco locust
locutus logan logger logitech lokiloki lokomotiv lolipop lolita lollipop lollol lollypop lolol londo
london lonely lonesome lonestar lonewolf longbow longdong longer longhair longhorn longjohn lonnie looker
lookin looking lookout loomis looney loose looser lopez loren lorena lorenzo loretta lorraine losangeles
loser losers lost4815162342 lottie lotus louie louis louise loulou lourdes love777321777 lovebug lovehate
loveis loveit lovejoy loveless lovelife lovelove lovely loveme lover loverboy loverman lovers lovesex
loveya loveyou loving lowell lowrider loyola ltkmaby ltybcrf lucas lucia luciano lucifer lucille lucky
luckydog luckyme luckyone ludacris ludmila ludwig lukas lumber lumina lunatic lunchbox luther lvbnhbq
lydia lynette lytdybrbdfvgbhf lytghjgtnhjdcr macaco macaroni macbeth macdaddy macgyver machine macintos
mackie macleod macman macross madagaskar madcat madcow madden maddie maddog madeline madina madison madman
madmax madness madonna madrid maestro mafia magazine magdalena magelan magellan magenta maggi maggie
maggot magic magical magician magick magicman magnet magneto magnolia magnum magnus magpie magpies mahler
maiden mailcreated5240 mailman mailru mainland maison majestic major makaka makaveli makayla makeitso
maker maksim maksimka malachi malaka malaysia malcolm malibu malice malika malina malinka malish mallard
mallorca mallory mallrats malone mamacita mamamia mamapapa mamas mammoth mamochka manager manchest
manchester mancity mandarin mandingo mandrake mandy manfred manga mango mangos maniac manila mankind
mannheim manning manny manolo manowar manson mantis mantle mantra manuel manuela manunited manutd maple
maprchem56458 maradona marathon marauder marble marbles marcel marcela marcella marcello marcelo march
marcia marcin marco marcos marcus margaret margarit margarita margie margot maria mariah mariam marian
mariana marianna marianne marie mariel marijuan marijuana marika marilyn marin marina marinamarina marine
mariner mariners marines marino mario marion mariposa marisa marissa marius mariya marjorie marker market
markie markiz markmark markus marlboro marlene marley marlin marlon marquis marriage married marseill
marseille marsha marshal marshall marta martha marti martian martin martina martine martinez martini marty
marvel marvin maryann maryjane maryland masamune maserati mashka mason massage massimiliano massimo
massive maste master masterbaiting masterbate masterbating mastermind masterp masters masturbation matador
matchbox mathew mathias matilda matisse matri matrix matteo matthe matthew matthews matthias mattie matty
mature maureen maurice maurici maurizio maurolarastefy maveric maverick maxdog maxell maxim maxima maxime
maximka maximo maximum maximus maxine maxmax maxpower maxwell maxxxx mayday mayhem maynard mazafaka mazda
mcdonald mckenzie mclaren meadow meagan meatball meathead meatloaf mechanic media medic medical medicine
medina medion medusa medved megadeth megaman megan megane megapass megatron meggie meghan meier meister
melani melanie melina melinda melisa meliss melissa mellon mellow melody melons melrose melvin member
memorex memory memphis menace mendoza mental menthol mentor meonly meowmeow mephisto mercede mercedes
mercer merchant mercury meredith meridian merlin merlot mermaid merrill mersedes messenger messiah metal
metall metallic metallica meteor method methos metoo metro metroid mevefalkcakk mexican mexico miami
michae michael michaela michaeljackson michaels michal micheal michel michele michell michelle michigan
mickey micro microlab micron microphone microsof microsoft middle midget midland midnight midnite midori
midway mierda mighty migue miguel mihail mikado mikael mikemike mikey mikkel milamber milan milana milano
mildred milena miles military milkman millenium miller millie million millions millwall milton mimosa
mindy minecraft minecraft123 minemine minerva mingus minime minimoni ministry minnesot minnesota_hp minnie
miracle mirage miranda miriam mirror mischief misery misfit misfits misha mishka misiek misses missie
mission mississi mississippi missouri missy mister mistress misty mitch mitchell mittens mizuno mizzou
mjolnir mobile mobydick model models modelsne modena modern mogwai mohamed mohammad mohammed mohawk
mojojojo mollie molly mollydog moloko molson momdad mommy momoney momsanaladventure monaco monalisa
monarch monday mondeo money moneyman moneys mongo mongoose monic monica monika monique monitor monke
monkey monkeybo monkeyboy monkeys monolith monopoly monroe monste monster monsters montag montana monte
montecar monterey montoya montreal montrose monty moochie moocow mookie moomoo moonbeam moondog mooney
moonligh moonlight moonman moonshin moore moose mooses mopar morales mordor morena moreno morgan morgana
morganstanley morgoth moritz morning moron morpheus morris morrison morrow morrowind mortal mortalkombat
morten mortgage mortimer mortis morton moscow moses moskva mother motherfucker motherlode mothers motion
motley motocros motocross motor motorola motown mountain mouse mouser mouses mousey mouth movie movies
mozart mpegs msoracle32re msorcloledbr mudvayne mufasa muffin muffins muffy muhammad mulder mullet
mulligan multiplelo munch munchkin munich muppet murder murphy murray murzik musashi muschi muscle muscles
mushroom music musica musical musician musicman muslim mustafa mustan mustang mustangs mustard mutant
mutley mutter my3sons mybaby mydick myfriend mygirl mygirls mykids mylife mylove myname mynameis mypass
mypassword myporn myrtle myself mystery mystic mytime myworld myxworld nachos nadejda nadia nadine naked
namaste nancy nanook napalm napass napoleon napoli napster narnia naruto nascar nassau nastena nastenka
nastia nasty nastya nastyanastya nataha natali natalia natalie nataly natalya natasha natchez natedogg
nathalie nathan nathanie nathaniel nation national native natural nature naughty nautica nautilus navajo
navigator navyseal nazgul nbvjatq ncc1701a ncc1701d ncc1701e ne_e_pod_chehyl nebraska necronomicon
needforspeed needle needles negative nellie nelson nemesis nemvxyheqdd5oqxyxyzi neptune nermal nestle
nestor netscape network networkingpe neutron nevada never nevermin nevermind nevermore nevets neville
newark newbie newcastl newcastle newlife newman newness newone neworder newpass newport newproject2004
newstart newton newuser newyear newyork nextel nfhfrfy nfnmzyf nfytxrf nguyen nhbujyjvtnhbz nhecsyfujkjdt
nhfdvfnjkju123 nhfycajhvths niang niceass niceguy nicetits nicholas nichole nick1234-rem936 nickel nickie
nicky nicol nicola nicolas nicole nielsen nigga nigger niggers night nightcrawler nightmar nightmare
nightowl nights nightwin nightwish nikita nikitos nikki nikola nikolai nikolas nikolay nikon nimbus nimitz
nimrod nineball nineinch niners nineteen ninja ninjas nintendo nipper nipple nipples nirvana nissan nitram
nitro nittany nobody nocturne noelle nofear nokia noles nolimit nomad nomore noname nondriversig nonenone
nonstop noodle noodles nookie nopass nopassword norbert norfolk normal norman normandy norris north
northern norton norway norwich norwood nosferatu nostromo notebook nothing notnow notredam notused
nounours novell november noway nthvbyfnjh ntktajy ntktdbpjh ntktdbpjh1994 nuclear nudes nudist nudity
nugget nuggets number nurlan nurse nurses nursing nutmeg nutter nuttertools nwo4life nygiants nyjets
nylons nymets nympho oakland oakley oaktree oasis oatmeal obelix oberon obiwan objects oblivion obsidian
ocean oceans ocelot october octopus odessa odyssey office officer offroad offshore offspring ohmygod
ohshit ohyeah oilers okinawa oklahoma oksana olcrackmaster older oldfart oldman olemiss olenka olesya
olive oliver olivia olivier ollie olympia olympic olympus omega onelove onetime onetwo onion onions online
onlyme onlyone ontario ontheoutside opendoor openit openme opennow openup operator ophelia opiate optima
optimist optimus option options oracle orang orange oranges orbital orchard orchid oregon orgasm orgasms
orient original orioles orion orlando orpheus oscar oscars osiris osprey oswald othello ottawa outback
outkast outlaw outside outsider overkill overlord ownage oxford oxygen oyster p4ssw0rd pa55w0rd pa55word
pablo pacers pacific pacino packard packer packers pacman paddle padres paige paint paintbal paintball
painter painting paisley pajero pakista pakistan palace paladin palermo pallmall palmer palmtree paloma
pamela panama panasoni panasonic pancake pancakes pancho panda pandas pandora panhead panic panorama
panter pantera panther panthers panties pants pantyhos panzer paola paolo papabear papamama paper paperino
papers papillon papito paradigm paradis paradise paradox paragon paraklast1974 paramedi paranoid paris
parker parkour parlament parol parola parrot partner party pasadena pascal pasha passat passcode passes
passfan passion passmast passme passord passpass passport passw0rd passwd passwor password password1234
passwordassword passwordpassword passwords passwordstandard passwort pastor pasword patch patches pathetic
pathfind patience patric patrice patrici patricia patrick patrik patriot patriots patrol patton patty
paula paulie paulin paulina pauline paulpaul pavel pavement pavilion pavlik pavlov paxton payday payton
pdtplf peabody peace peach peaches peachy peacock peanut peanutbutter peanuts pearl pearljam pearls
pearson peavey pebble pebbles pecker peddler pedro peekaboo peeper peewee pegasus peggy pelican pencil
penelope penetration penguin penguins penis penny pennywis pentagon penthous pentium people pepito peppe
pepper peppers pepsi perfect perkins perry persian persik person persona personal pertinant pervert peter
peterbil peterpan peters peterson petra petrov petrova petrovich petunia peugeot peyton pfqwtd27121988
phantom pharao pharmacy pheonix phialpha philadelphia philip philipp philippe philips phillies phillip
phillips philly phish phoebe phoeni phoenix phone photo photon photos phpbb phreak phyllis physics piano
pianoman pianos piazza picard picasso piccolo picher pickle pickles picks pickup picnic pictere pictuers
picture pictures picturs pierce piercing pierre pietro pigeon piggies piggy piglet pigpen pikachu pilgrim
pillow pilot pimpdadd pimpdaddy pimpin pimping pinball pinch pineappl pineapple pinetree pingpong pinhead
pinkfloy pinkfloyd pinkie pinky pinnacle pinto pioneer pipeline piper pippen pippin pippo piramida pirate
pirates pisces pissed pisser pissing pissoff pistol piston pistons pitbull pitch pitcher pitchers pixies
pizdec pizza pizzahut pizzaman pizzas pjkjnj place placebo placid plane planes planet plants plasma
plastic plastics platinum plato platon platypus playa playball playboy player players playing playmate
playstat playstation playstation2 playstation3 playtime please pleasure ploppy plumber plumbing pluto
plymouth pobeda pocket poetry point pointer poison poisson pokemo pokemon poker pokey poland polaris
police polina polish pollux polly polniypizdec0211 polniypizdec1102 polniypizdec110211 polopolo polska
pommes pompey poncho pontiac poochie poodle poohbear pookey pookie pooky poontang pooper poophead poopie
poopoo pooppoop poopy pooter popcorn popeye popova popper poppy poptart porkchop pornking porno
pornographic pornos pornporn pornstar porsche portal porter portia portland portugal poseidon positive
possum postal poster postman potato pothead potter pounding powder powell power powerful powerman powers
prague praise prayer prayers preacher precious predator pregnant prelude premier premium presario present
presiden president presley pressure prestige presto preston pretty pretzel pride priest prime primus
prince princes princesa princess pringles printer printing prissy privacy privat private privet priyanka
probes prodigy producer professional profile profit program progress project promise property prophecy
prophet prospect prosper protect protocol proton prototype proview prowler proxy prozac prudence psycho
ptybnxtvgbjy public puddin pudding puddles puffer puffin puffy pugsley pulled pulsar pumper pumpkin
pumpkins punani punch punisher punkass punker punkin punkrock punksnotdead pupkin puppet puppies puppy
puppydog pupsik purdue purpl purple pushkin pushok pussey pussie pussies pusssy pussy pussycat pussylover
pussyman pussys pusyy putter puzzle pyramid python q1w2e3r q1w2e3r4t5y6 q1w2e3r4t5y6u7 q1w2e3r4t5y6u7i8
q1w2e3r4t5y6u7i8o9p0 qawsed qawsedrf qawsedrftgyh qaywsx qaz123wsx qaz123wsx456 qazqaz qazws qazwsx
qazwsx123456 qazwsxed qazwsxedc qazwsxedc123 qazwsxedcrfv qazwsxedcrfvtgb qazwsxqazwsx qazxcv qazxsw
qazxswedc qazxswedc123 qazxswedcvfr qazzaq qiang qiong qpalzm qqqwww qqwwee quake quaker quality
quant4307s quantum quartz quasar quattro quebec queen queenie queens quentin quest question quick quincy
quinn qwaszx qwaszxerdfcv qwe123qwe qwe123qwe123 qweasd qweasdzx qweasdzxc qweasdzxc123 qwedsa qwedsazxc
qweqwe qwerasdf qwerasdfzxcv qwert qwertasdfgzxcvb qwerty qwerty123456 qwerty123456789 qwertyasdfgh
qwertyu qwertyui qwertyuio qwertyuiop qwertyuiop10 qwertyuiop12 qwertyuiop123 qwertyuiop12345 qwertyytrewq
r2d2c3po rabbit rabbits rabota racecar racer racers racerx rachael rachel rachelle racing radar radeon
radical radio radiohea radiohead raduga rafael ragnarok raiden raider raiders railroad rainbow rainbows
rainer raining rainman rainyday raistlin raleigh ralph ralphie ramada rambler rambo ramirez ramjet
rammstein ramon ramona ramones rampage ramrod ramses ramsey ramzes ranch rancid randall randolph random
randy ranetki range ranger rangers raphael rapier rapper raptor rapture raquel rascal rasmus rasputin
rasta rastaman ratboy rated ratman raven ravens raymond razor rbhbkk rctybz reader readers reading ready
reagan reality really realmadrid reaper reason rebecca rebekah rebel rebels rebelz reboot recall reckless
recon record records recovery redalert redbaron redbird redbone redbull redcar reddevil reddog reddwarf
redeye redfish redfox redhat redhead redheads redhot redleg redlight redline redman redneck redone redrose
redrum redskin redskins redsox redstar redwine redwing redwings redwood reebok reefer reeves referee
reflex reggae reggie regina reginald regional register rehbwf reilly reindeer release reload reloaded
remember remingto remote renata renate renato renault renee renegade repair report reptile republic
requiem rereirf rescue research reserve resident residentevil respect restart retard retire retired return
reuben reveal revenge review reviews revoluti revolution revolver reynolds reznor rfgbnjirf rfgecnf rfhbyf
rfhfvtkmrf rfhfylfi rfhnjirf rfnthbyf rfnthbyf1988 rfntymrf rfrfirf rfrnec rfvfcenhf rhbcnbyf rhfcfdbwf
rhfcjnf rhfcjnrf rhiannon rhino rhinos rhjkbr rhjrjlbk rhodes rhonda rhtdtlrj rhubarb rhythm ribbit ricard
ricardo riccardo richar richard richards richie richmond ricky riddle riddler rider riders ridge riffraff
right rightnow riley rimmer ringer ringo ripken ripley ripped ripper ripple rising ritter river rivera
riverrat rivers riversid rjcvjc rjhjdf rjhjkm rjhjktdf rjirfrgbde rjntyjr rjycnfynby roadkill roadking
roadrunn roadrunner roadster roadway robbie rober robert roberta roberto roberts robin robins robinson
robocop robot robotech robotics rocco rochard rochelle rocker rocket rockets rockey rockford rockhard
rockie rockies rockin rocknrol rocknroll rockon rockrock rocks rockstar rockwell rocky rodeo rodman rodney
rodrigo rodrigue roger rogers rogue roland rolex roller rollin rolling rollins rolltide roman romance
romania romano romans romantic romario romashka romeo romero rommel ronald ronaldinho ronaldinho10 ronaldo
ronnie roofer rookie rooney rooster roosters rootbeer rosario roscoe rosebud rosemary roses rosewood rosie
roswell rotary rotten rough rover rovers rowing roxanne royal royals royalty rtyuehe rubber rubble rubicon
rudeboy rudolf rudolph rufus rugby rugger rugrat rugrats rules rulez rulezzz rumble runaway runescape
runner running rupert rushmore ruslan russel russell russia russian rustam rusty rustydog ruthie sabbath
sabina sabine sable sabre sabres sabrina sacred sadie safari safety safeway saffron sahara saibaba saigon
sailboat sailing sailor saint saints sairam saiyan sakura salamander salami salasana saleen salem sales
salesman salinas sally salman salmon salome salomon salope salsa salsero salvador salvator salvatore
samanth samantha samara sambo samiam samir samira sammie sammy sammys samoht sampson samson samsun samsung
samtron samue samuel samurai sanchez sancho sandberg sander sanders sandie sandiego sandman sandr sandra
sandrine sandro sandwich sandy sanford sanfran sanfrancisco sanity sanjay santa santafe santana santiag
santiago santos sapper sapphic sapphire sarah sarajevo sarasara saratoga sarita sascha sasha sashka saskia
sassy sasuke satan satana satchmo satellite satisfaction saturday saturn saun24865709 sauron sausage
sausages savage savanna savannah savior sawyer saxman saxophon sayang scamper scandinavian scania scanner
scarface scarlet scarlett schalke schatz scheisse schmidt school schoolgirlie schubert schumi science
scirocco scissors scooby scoobydo scoobydoo scooter score scorpio scorpion scorpions scotch scotland scott
scottie scotty scout scouts scrabble scrapper scrappy scratch scream screamer screen screw screwy screwyou
script scrotum scruffy scuba scully sdicmt7seytn seabee seadog seadoo seagull seahawks sealteam seaman
seamus searay search seaside season seattle seawolf sebastia sebastian sebora sebring second secret
secrets secure security sedona seductive seeker seeking seemnemaailm seinfeld sekret select selena selina
seminole semper semperfi senate senator senators seneca senior senna sensei sentinel sentry sephirot
sephiroth septembe september serega serena serenity sergbest serge sergeant sergei sergey sergi sergio
series serious serpent sersolution server service services sesame seven sevens severin seville sex4me
sexgod sexman sexpot sexsex sextoy sexual sexxx sexxxx sexxxy sexxy sexybabe sexybitch sexyboy sexygirl
sexylady sexymama sexyman sexyone sexysexy seymour sf49ers sfgiants shado shadow shadows shady shaggy
shaker shakes shakira shakur shalom shaman shampoo shamrock shamus shane shang shanghai shania shanna
shanno shannon shanti shaolin shark sharks sharky sharon sharp sharpe shasta shauna shaved shawn shawna
shayla shazam shearer sheba sheeba sheena sheep sheepdog sheila shelby sheldon shell shelley shells shelly
shemale sheng shepherd sheridan sheriff sherlock sherman sherri sherry sherwood sheryl shibby shield
shiloh shimano shimmer shine shiner shinigami shinobi shirley shitface shithead shitshit shitty shiva
shock shocker shodan shoes shogun shojou shonuf shooter shopper shopping short shorty shotgun shovel
shower showing showme showtime shredder shrimp shuai shuang shurik shuttle shutup sickboy sickness
sidekick sidney siemens sierra sigma sigmachi sigmar signal silence silent silicon silly silver silverad
silverado silvia simba simmons simon simona simone simons simple simpson simpsons sinatra sinbad sinclair
singapor singapore singer single sinister sinned sinner siobhan sirius sissy sister sisters sites sithlord
sixers sixpack sixty sizzle skate skateboard skater skeeter skeleton skibum skidoo skiing skilled skillet
skinhead skinner skinny skipper skippy skirt skittles skolko skorpion skunk skydive skydiver skyhawk
skylar skylark skyler skyline skywalke skywalker slacker slamdunk slammer slapnuts slapper slappy slapshot
slash slasher slater slava slave slavik slayer sleep sleeper sleeping sleepy slick slider slimjim slimshad
slimshady slinky slipknot slipper slippery sliver slonik sloppy slowhand slugger sluggo sluts sluttey
slutty smackdow smackdown small smalls smart smartass smashing smeghead smegma smelly smile smiles smiley
smirnoff smirnov smirnova smith smithers smiths smithy smitty smoke smoker smokes smokey smokie smokin
smoking smooch smooth smoothie smother smudge smurf snake snakes snapon snapper snapple snappy snapshot
snatch sneakers sneaky snicker snickers sniffing sniper snooker snoop snoopdog snoopy snowball snowbird
snowboar snowboard snowflak snowman snuffy snuggles snyder sobaka socce soccer socks socrates sofia
softail softball softtail software sojdlg123aljg sokolova solace solaris soldat soldier soleil solitude
solnce solomon solution someday someone somerset somethin something sometime sommer sonata sonia sonic
sonics sonja sonnenschein sonny sonoma sonora sonyericsson sonyfuck sonysony sooner sooners sophi sophia
sophie soprano sopranos soso123aljg soulfly soulmate sound sounds source south southern southpar southpark
southpaw sowhat space spaceman spain spanish spank spanker spanking spankme spanky spanner sparhawk spark
sparkle sparkles sparks sparky sparrow sparta spartak spartan spartans sparty spawn speaker speakers
spears special specialinsta specialk spectre spectrum speed speedo speedway speedy spence spencer sperm
sperma sphinx spice spider spiderma spiderman spidey spiffy spike spiker spikes spikey spinner spiral
spirit spitfire splash spleen splendid spliff splinter spock spoiled sponge spongebo spongebob spooge
spook spooky spoon spooner spoons sport sporting sports sporty spotty spread spring springer springs
sprint sprinter sprite sprocket sprout spunk spunky spurs sputnik spyder sqdwfe squall square squash
squeak squeeze squerting squid squirrel squirt squirts srinivas stacey stacie stacy stafford stalin
stalker stallion standard standby stanford stang stanislav stanley stanton staples starbuck starcraf
starcraft stardust starfire starfish starfox stargate starligh starlight starlite starman starr stars
starship starstar start starter startrek starwar starwars stasik state static station status stayout
stealth steam steaua steel steele steeler steelers stefan stefanie stefano steffen steffi stella stellar
stepan steph stephan stephane stephani stephanie stephen stephens stereo sterlin sterling stern sterva
steve steven stevens stevie stewart stick stickdaddy77 stickman sticks sticky stiffy stigmata stiletto
stimpy sting stinger stingray stinker stinky stinkyfinger stirling stitch stock stocking stocks stockton
stokes stolen stone stonecol stonecold stoned stoner stones stonewal stoney stooge stopit stoppedby
storage store stories storm storms stormy straight strange stranger strap strat stratfor stratocaster
stratus strawber strawberry stream streaming street streets strelok strength stress stretch strider strife
strike striker string strip striper stripes stripper stroke stroker strong stryker stuart stubby student
studio studly studman stuff stumpy stunner stupid style styles stylus subaru sublime submit suburban
subway subzero success suckcock suckdick sucked sucker suckers sucking suckit suckme suckmydick sucks
suede sugar sugars suicide sullivan sultan summe summer summers summit sundance sunday sundevil sunfire
sunflowe sunflower sunlight sunny sunnyday sunrise sunset sunshin sunshine suntzu super superb superfly
superior superma superman supernatural supernov supernova supersonic supersta superstar supply support
supra supreme surfer surfing surfsup surgery surprise survey surveyor survival survivor susan susana
susanna susanne sushi susie susieq suslik sutton suzanne suzuki sveta svetik svetlana svoboda swallow
swatch sweden swedish sweeney sweeps sweet sweetheart sweetie sweetnes sweetness sweetpea sweets sweety
swifty swimmer swimming swinger swingers swinging swiss switch swoosh sword swordfis swordfish swords
sydney sylveste sylvia sylvie syncmaster synergy syracuse system systemofadown systems syzygy tabasco
tabatha tabitha tacobell tacoma tadpole taekwondo taffy tahiti taichi tailgate taipan talbot talisman
talks talon tamara tamerlan tammie tammy tampabay tangerin tango tanker tanner tantra tanya tarakan tardis
target tarheel tarheels tarpon tarzan tasha tasty tatarin tatiana tatjana tattoo tatyana taurus taxman
taylo taylor tazman tazmania tbird tbone tdutybq tdutybz teacher teapot teaser technics techno teddy
teddybea teddybear teenage teens teensex tekken telecom telefon telephon telephone teller tempest templar
temple temppass temppassword tenchi tender tennesse tennis tequier tequila terefon teresa terminal
terminat terminator termite terra terran terrapin terrell terrier terror terry tessie tester testing
testpass testtest tetris tetsuo texans texas thailand thanatos thanks thankyou theater theatre thebear
thebeast thebest theboss thecakeisalie thecat thecrow thecure thedog thedon thedoors thedude theend
theforce thegame thegreat their thekid theking thelma theman theodore theone therapy there theresa therock
these thesims thetruth thewho thick thierry thighs thing things think thinking thirteen thirty thisisit
thoma thomas thompson thomson thong thongs thrasher three threesom throat thuglife thumb thumbnils thumbs
thumper thunder thunderb thursday tiamat tiberius tiburon ticket ticketmaster tickle tickler tickling
ticklish ticktock tictac tiffany tiger tigercat tigers tigge tigger tight tights timber timeout times
timmy timosha timothy timur tinker tinkerbe tinkerbell tinman tintin tipper tiptop tires titan titanic
titanium titans titfuck titleist titman titten titties titts titty tkbpfdtnf toast toaster toasty tobias
tobydog today toejam toffee together toilet tokiohotel toledo tolkien tomahawk tomas tomato tomcat tommie
tommy tommyboy tomorrow tomtom tongue tonight tonya tonytony toocool toolbox toolman tools toomuch
toonarmy tootie tootsie topcat topdog topgun tophat topher topolino topper topsecret toriamos torino
tornado toronto torpedo torres tortoise tortuga torture toshiba tosser total totoro tottenha tottenham
touching toulouse tower towers toyota trace tracer tracey track tracker tractor tracy trader traffic
trailer train trainer training trains traktor tralala trample trance tranny trans transam transfer
transformers transit translator trapper trash trauma travel traveler travis treasure treble trebor
treefrog trees treetop treetree trent trenton trevor trfnthbyf trial triangle tribal tribble tribe tricia
trick tricky trident trigger trigun trinidad trinitro trinitron trinity triple tripleh triplex tripod
tripper trisha trista tristan triton triumph trixie trojan trojans troll trombone trooper tropical trotter
trouble troubles trout truck trucker trucking trucks trueblue truelove truffles truman trumpet trunks
trust trustme trustno truth tsunami tucker tucson tuesday tugboat tujhrf tulips tunafish tundra tuning
tunnel tupac turbo turbos turkey turner turnip turtle turtles tuscl tuxedo tweety twelve twenty twiggy
twilight twinkie twinkle twins twist twisted twister tycoon tyler typhoon tyrant tyrone tyson ufkbyf
ukraine ultima ultimate ultra ulysses umbrella umpire unbelievable undead underdog underground undertak
undertaker undertow underwear unicorn union unique united universa universal universe university unknown
unlock unreal uptown upyours uranus ursula usarmy username usmarine usnavy utjhubq utopia vacation vader
vadim vagabond vagina valencia valentin valentina valentine valera valeri valeria valerie valeriya valery
valhalla valkyrie valley valleywa vampir vampire vampires vancouve vancouver vaness vanessa vanguard
vanhalen vanilla vantage vanyarespekt varvara vasilisa vaughn vauxhall vbienrf vbifyz vbkfirf vector
vectra vedder vegas vegeta vegitta vegitto vehpbr velocity velvet vendetta venera venice venom ventura
venture venus verbatim verena veritas verizon vermont vernon verona veronica veronika versace vertigo
vette vfcnth vfczyz vfhbyf vfhbyfvfhbyf vfhbyjxrf vfhecz vfhufhbnf vfhujif vfibyf vfitymrf vfksirf
vflfufcrfh vfndtq vfntvfnbrf vfrcbv vfrcbvrf vfrcbvvfrcbv vfvekz vfvfgfgf vfvfvskfhfve vfvjxrf vgirl
viagra vickie vicky victor victori victoria victory video videos vides vienna vietnam viewsoni viewsonic
viking vikings viktor viktoria viktoriya villa village vince vincent vincenzo vinnie vintage violator
violet violetta violin viper vipergts vipers virago virgil virgin virginia virginie virgo virtual virus
vision visited visitor visual vitalik vitamin vivian vivid vivitron vixen vjcrdf vjkjrj vjqgfhjkm
vkontakte vladik vladimir vladimirovna vladislav vodafone vodka volcano volcom volkov volkswag volley
volleyba volleyball voltron volume volvo voodoo vortex voyager voyeur vqsablpzla vsegda vulcan vulva
wachtwoord waffle waffles wagner waiting waldo walker wallace wallet walleye wally walmart walnut walrus
walter walton wanda wanderer wanker wanking wannabe wanrltw wanted wapbbs warcraft wareagle warez warhamme
warhammer warhammer40k warlock warlord warner warning warren warrior warriors warthog warwick wasabi
washburn washingt washington wasser wassup wasted watch watcher water waterboy waterfal waterloo waterman
waters waterski watford watson wayne wazzkaprivet wazzup wdtnjr wdtnjxtr wealth weapon wearing weasel
weather weaver webber webhompas webmaste webmaster website websolutions websolutionssu webster
webuivalidat wedding wednesda wednesday weekend weenie weezer weihnachtsbau weihnachtsbaum weiner weird
welcom welcome welder welkom weller wellingt wendell wendy werder werdna werewolf werner werter wesley
western westham weston westside westwood wetpussy wetter wg8e3wjf whale whales whatever whatsup whatthe
whatup whatwhat wheeler wheels whiplash whiskers whiskey whisky whisper whistler white whiteboy whiteout
whitesox whitey whitney whocares whoknows whore whores whosyourdaddy whynot wibble wiccan wicked widget
wifes wifey wilbur wildbill wildcard wildcat wildcats wilder wildfire wildman wildone wildwood wilhelm
willard willem willi willia william williams willie willis willow willy wilma wilson windmill window
windows windsor windsurf winfield winger wingman wingnut wings winner winners winnie winona winston winter
winters wireless wisdom wiseguy wishbone wives wizard wizards wizzard wolfen wolfgang wolfie wolfman
wolfpac wolfpack wolverin wolverine wolves womam woman womans wombat womble women wonder wonderboy
wonderfu wonderful woodie woodland woodman woods woodstoc woodstock woodwork woody woofer woofwoof woohoo
wookie wordpass wordup worker working workout world worlds wormix worship worthy wp2003wp wraith wrangler
wrench wrestle wrestler wrestlin wrestling wright wrinkles writer wsxedc wutang wxcvbn wyatt wyoming
xanadu xander xantia xavier xerxes xfiles xiang xiong xtreme xxxp455w0rd5 xxxpass yamaha yamato yankee
yankees yaroslav yasmin ybrbnf ybrjkfq yeahbaby yeahyeah yellow yessir yfcntyf yfcntymrf yfnfif yfnfirf
yfnfkb yfnfkmz yinyang yjdsqgfhjkm yogibear yolanda yomama yorkie yosemite youknow young yourmom yousuck
youtube yoyoma yugioh yummy yvette yvonne yzerman z1x2c3v4b5n6 z1x2c3v4b5n6m7 zachary zalupa zander
zanzibar zaphod zappa zapper zaq12wsx zaq12wsxcde3 zaq1xsw2cde3 zaqwsx zaqwsxcde zaqwsxcderfv zaqxsw
zaqxswcde zaraza zardoz zarina zasada zcfvfzkexifz zebra zebras zelda zenith zephyr zeppelin zerocool
zerozero zhang zheng zhjckfd zhong zhuai zhuang zidane ziggy zigzag zildjian zimbabwe zimmer zinger zipper
zippo zippy zodiac zoloto zombie zoomer zoomzoom zorro zqjphsyf6ctifgu zurich zvezda zxasqw zxcasd
zxcasdqwe zxcasdqwe123 zxccxz zxcvasdf zxcvbn zxcvbn123456 zxcvbnm zxcvbnm123456789 zxcvbnmmnbvcxz zyjxrf
zzzxxx
`;
