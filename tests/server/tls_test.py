"""Over TLS, with certificates that a test makes: who is let in, and who is not."""

import pytest
import trustme
from tritonclient.utils import InferenceServerException

from modelparity import cli
from server_process import Repository, ServerProcess, open_bundle, raw_infer


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tls")


def _issue(folder, name):
    """Writes NAME-ca.pem, and NAME.pem and NAME.key, which that authority has signed."""
    ca = trustme.CA()
    certificate = ca.issue_cert("127.0.0.1")
    ca.cert_pem.write_to_path(folder / f"{name}-ca.pem")
    certificate.private_key_pem.write_to_path(folder / f"{name}.key")
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(folder / f"{name}.pem", append=True)


@pytest.fixture(scope="module")
def repository(folder):
    for name in ("server", "client", "stranger"):
        _issue(folder, name)
    repository = Repository(folder)
    repository.add("linear_regression.bundle", "linear_regression", 1)
    return repository


def _serve(repository, folder, *options):
    certificate = f"--tls-certificate={folder}/server.pem", f"--tls-key={folder}/server.key"
    # Who cannot speak TLS cannot ask whether it is ready.
    return ServerProcess(repository, *certificate, *options, ready=False)


def _is_served(server, folder, authority, client=""):
    files = {"root_certificates": str(folder / f"{authority}-ca.pem")}
    if client:
        files |= {
            "private_key": str(folder / f"{client}.key"),
            "certificate_chain": str(folder / f"{client}.pem"),
        }
    with server.client(ssl=True, **files) as secure:
        try:
            return secure.is_server_live()
        except InferenceServerException as error:
            assert error.status() == "StatusCode.UNAVAILABLE"
            return False


def test_clients_that_trust_the_server_are_served(repository, folder):
    with _serve(repository, folder) as server:
        server.await_event("promoted")
        assert _is_served(server, folder, "server")
        assert not _is_served(server, folder, "stranger")
        # Without TLS.
        assert raw_infer(server, b"", timeout=5)[0] in ("UNAVAILABLE", "DEADLINE_EXCEEDED")
        assert _is_served(server, folder, "server")


def test_only_clients_that_the_server_trusts_are_served(repository, folder):
    with _serve(repository, folder, f"--tls-client-ca={folder}/client-ca.pem") as server:
        assert _is_served(server, folder, "server", client="client")
        assert not _is_served(server, folder, "server")
        assert not _is_served(server, folder, "server", client="stranger")
        assert _is_served(server, folder, "server", client="client")


def test_verify_holds_a_server_over_tls_against_the_bundle(repository, folder, capsys):
    bundle = str(open_bundle("linear_regression.bundle").path)
    with _serve(repository, folder) as server:
        server.await_event("promoted")
        verify = ["verify", bundle, "--endpoint", f"grpcs://{server.address}"]
        assert cli.main([*verify, "--endpoint-ca", f"{folder}/server-ca.pem"]) == cli.OK
        assert cli.main([*verify, "--endpoint-ca", f"{folder}/stranger-ca.pem"]) == (
            cli.NOTHING_VERIFIED
        )
    assert "CERTIFICATE_VERIFY_FAILED" in capsys.readouterr().out
