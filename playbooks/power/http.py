"""A machine at any provider with a web API, by a recipe: ours for some, your own for the rest."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from playbooks.client import Answer
from playbooks.hands import Hands
from playbooks.outside import OutsideError
from playbooks.power.device import only_asking, revealed
from playbooks.power.http_recipe import Follow, Order, Recipe, read_recipe, shipped
from playbooks.power.http_template import filled_body, filled_path, fits, is_bulk
from playbooks.power.model import (
    Busy,
    Capabilities,
    Identity,
    PowerSettings,
    PowerState,
    Verb,
    WrongDevice,
)
from playbooks.power.ovh_signature import OvhKeys
from playbooks.power.provider import (
    Api,
    ApiAddress,
    Progress,
    as_json,
    basic,
    bearer,
    owner,
    plain,
    pluck,
    refused,
    watch,
    words,
)
from probes.settings import FilePath, Json, SecretFile

_BUSY_PAUSE: Final = 10.0


class HttpPower(PowerSettings):
    """`provider` picks a recipe of ours, `recipe_file` is one of yours (playbooks/power/providers).

    The id goes into the path of every call as one whole step and can hold neither / nor ? nor ..,
    so that no recipe builds a call about many machines.
    """

    driver: Literal["http"] = "http"
    provider: Literal["digitalocean", "leaseweb", "ovh", "vultr"] | None = None
    recipe_file: FilePath | None = None
    id: str = Field(coerce_numbers_to_str=True, description="The machine, as the provider calls it")
    url: ApiAddress | None = None
    user: str = ""
    secret_file: SecretFile
    consumer_key_file: SecretFile | None = None
    _recipe: Recipe = PrivateAttr()

    @model_validator(mode="after")
    def _is_one_machine(self) -> Self:
        if (self.provider is None) == (self.recipe_file is None):
            raise ValueError("give either provider or recipe_file")
        self._recipe = shipped(self.provider) if self.provider else read_recipe(self._file)
        if not self._recipe.fits(self.id):
            raise ValueError(f"id is no {self._recipe.id} as {self.title} gives them")
        paths = (self._filled(order.path) for order in self._recipe.verbs.values())
        if any(is_bulk(self._base + path) for path in paths):
            raise ValueError(f'with the id "{self.id}" a call would be about many machines')
        return self

    @model_validator(mode="after")
    def _can_log_in(self) -> Self:
        if not self.user and (self._recipe.sign or self._recipe.login == "basic"):
            raise ValueError(f"{self.title} needs user: the name, or OVH's application key")
        if bool(self.consumer_key_file) is not (self._recipe.sign == "ovh"):
            raise ValueError("consumer_key_file belongs to OVH, and OVH needs it")
        return self

    @model_validator(mode="after")
    def _can_be_proved(self) -> Self:
        if self._recipe.identity is None:
            return self
        shown, wanted = self._recipe.identity.shown, {"serial", "uuid", "hostname"}
        given = {key for key in wanted if getattr(self, key)}
        if not given or not given <= shown:
            raise ValueError(f"{self.title} shows {' and '.join(sorted(shown))}: give these alone")
        return self

    @property
    def title(self) -> str:
        return self._recipe.title

    def device(self) -> str:
        return f"{self.driver} {self.title} {self.id}"

    def account(self) -> str:
        return owner(f"{self.driver} {self.title}", self.user, self.secret_file)

    def capabilities(self) -> Capabilities:
        recipe = self._recipe
        return Capabilities(
            frozenset(recipe.verbs),
            reads_state=recipe.state is not None,
            reads_identity=recipe.identity is not None,
            settles=recipe.settles.total_seconds(),
        )

    async def identity(self, hands: Hands) -> Identity:
        reading = self._recipe.identity
        if reading is None:
            raise WrongDevice(f"{self.title} can't tell who a machine is")
        told = await self._read(reading.path, hands)
        if plain(pluck(told, reading.id)) != self.id:
            raise WrongDevice(f"{self.title} answered about another machine than {self.id}")
        serial, uuid, name = (
            plain(pluck(told, at)) if at else ""
            for at in (reading.serial, reading.uuid, reading.name)
        )
        return Identity(serial, uuid, name.removesuffix("."))

    async def state(self, hands: Hands) -> PowerState:
        reading = self._recipe.state
        if reading is None:
            raise WrongDevice(f"{self.title} can't tell whether a machine is on")
        told = await self._read(reading.path, hands)
        states = {
            **dict.fromkeys(reading.changing, PowerState.CHANGING),
            **dict.fromkeys(reading.off, PowerState.OFF),
            **dict.fromkeys(reading.on, PowerState.ON),
        }
        for at in reading.at:
            if (word := plain(pluck(told, at))) in states:
                return states[word]
        raise OutsideError(f"{self.title} tells no state that the recipe knows", transient=True)

    async def act(self, verb: Verb, hands: Hands) -> None:
        order = self._recipe.verbs.get(verb)
        if order is None:
            raise WrongDevice(f"{self.title} offers no {verb}")
        try:
            answer = await self._send(order, hands)
        except OutsideError as error:
            if self._is_so_already(verb, error):
                return
            raise
        if order.success.at and pluck(answer.json(), order.success.at) != order.success.equals:
            message = f"{self.title} answered {answer.status}, but {order.success.at} is no yes"
            raise OutsideError(message, transient=True, ambiguous=True)
        if self._recipe.follow:
            await self._follow(self._recipe.follow, answer, hands)

    def _is_so_already(self, verb: Verb, error: OutsideError) -> bool:
        already = self._recipe.already.items()
        return any(known is verb and words in str(error) for known, words in already)

    @property
    def _base(self) -> str:
        return self.url or self._recipe.url

    @property
    def _file(self) -> FilePath:
        assert self.recipe_file is not None  # noqa: S101  _is_one_machine
        return self.recipe_file

    async def _send(self, order: Order, hands: Hands) -> Answer:
        body = None if order.body is None else as_json(filled_body(order.body, {"id": self.id}))
        path = self._filled(order.path)
        api = await self._api(order.method, path, body or b"", hands)
        good = frozenset(order.success.status)
        return await api.send(order.method, path, body=body, good=good)

    async def _follow(self, follow: Follow, answer: Answer, hands: Hands) -> None:
        task = plain(pluck(answer.json(), follow.task)) if follow.task else ""
        if follow.task and not fits(task):
            message = f"{self.title} answered {answer.status} without a task"
            raise OutsideError(message, transient=True, ambiguous=True)

        async def look() -> Progress:
            told = await self._read(follow.path, hands, task=task)
            word = plain(pluck(told, follow.at))
            failure = word if word in follow.failed else ""
            return Progress(over=word in follow.done, failure=failure)

        await watch(
            look,
            what=self.title,
            within=follow.within.total_seconds(),
            every=follow.every.total_seconds(),
        )

    async def _read(self, template: str, hands: Hands, *, task: str = "") -> Json:
        path = self._filled(template, task=task)
        with only_asking():
            api = await self._api("GET", path, b"", hands)
            return await api.read(path)

    def _filled(self, template: str, *, task: str = "") -> str:
        return filled_path(template, {"id": self.id, "task": task})

    async def _api(self, method: str, path: str, body: bytes, hands: Hands) -> Api:
        """The provider, with the login of just this call."""
        said_no = partial(_refused, busy=frozenset(self._recipe.busy))
        shown = self._recipe.headers
        bare = Api(self.title, self._base, hands.session, shown, self.within, refused=said_no)
        login = await self._login(bare, method, path, body)
        return replace(bare, headers={**shown, **login})

    async def _login(self, bare: Api, method: str, path: str, body: bytes) -> Mapping[str, str]:
        secret = revealed(self.secret_file)
        if self.consumer_key_file is not None:
            keys = OvhKeys(self.user, secret, revealed(self.consumer_key_file))
            return keys.sign(method, bare.url + path, body, at=await _clock(bare))
        match self._recipe.login:
            case "bearer":
                return bearer(secret)
            case "basic":
                return basic(self.user, secret)
            case "header":
                return {self._recipe.login_header: secret}
        return {}


async def _clock(api: Api) -> int:
    """OVH's own time, by which a signature counts."""
    told = plain(await api.read("/auth/time"))
    if not told.isdecimal():
        raise OutsideError(f"{api.what} tells no time to sign by", transient=True)
    return int(told)


def _refused(answer: Answer, *, busy: frozenset[int]) -> OutsideError:
    if answer.status in busy:
        message = f"{answer.what} answered {answer.status}: {words(answer)}"
        return Busy(message, pause=_BUSY_PAUSE)
    return refused(answer)
