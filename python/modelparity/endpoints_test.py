import pytest

from modelparity.endpoints import Address
from modelparity.errors import RuntimeUnavailableError


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("grpc://localhost:8001", Address("localhost:8001", False)),
        ("grpc://localhost:8001/", Address("localhost:8001", False)),
        ("grpcs://a.example:443/digits", Address("a.example:443", True, "digits")),
        ("grpc://[::1]:8001/digits/3", Address("[::1]:8001", False, "digits", "3")),
        ("grpc://h:1/a%2Fb%20c", Address("h:1", False, "a/b c")),
    ],
)
def test_an_address_is_read(url, address):
    assert Address.parse(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8001",
        "http://localhost:8001",
        "grpc://localhost",
        "grpc://:8001",
        "grpc://localhost:port",
        "grpc://localhost:70000",
        "grpc://[::1:8001",
        "grpc://user@localhost:8001",
        "grpc://localhost:8001/m/1/infer",
        "grpc://localhost:8001//1",
        "grpc://localhost:8001/m/",
        "grpc://localhost:8001/m?version=1",
    ],
)
def test_anything_else_is_refused_with_the_form(url):
    with pytest.raises(RuntimeUnavailableError) as caught:
        Address.parse(url)
    assert str(caught.value).startswith(f"'{url}' is no endpoint; give grpc://HOST:PORT, ")
