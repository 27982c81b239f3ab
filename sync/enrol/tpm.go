package enrol

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"
	"sync"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// TPMKeys keeps the key in a TPM 2.0: it is made there, under the storage root key of the owner's hierarchy, and leaves
// it only wrapped for that very TPM. The wrapped key stands in a file. Every signature is the TPM's.
type TPMKeys struct {
	path string
	mu   sync.Mutex // one command at a time
	tpm  transport.TPMCloser
}

// NewTPMKeys uses a TPM that the caller opened, and takes it over. path is the file of the wrapped key.
func NewTPMKeys(tpm transport.TPMCloser, path string) *TPMKeys {
	return &TPMKeys{path: path, tpm: tpm}
}

// String is the method of KeyStore.
func (t *TPMKeys) String() string { return "TPM" }

// Close is the method of KeyStore.
func (t *TPMKeys) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tpm.Close()
}

// Key is the method of KeyStore.
func (t *TPMKeys) Key() (crypto.Signer, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	blob, err := os.ReadFile(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		blob, err = t.make()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyStore, err)
	}
	var key *tpmKey
	err = t.loaded(blob, func(handle tpm2.AuthHandle, public *tpm2.TPMTPublic) error {
		pub, err := ecdsaPublic(public)
		key = &tpmKey{store: t, blob: blob, public: pub}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%w: the TPM does not take the key in %s: if the board or its TPM was changed or cleared, "+
			"delete that file and enrol anew: %w", ErrKeyStore, t.path, err)
	}
	return key, nil
}

// make has the TPM make a key and stores it wrapped. t.mu is held.
func (t *TPMKeys) make() (blob []byte, err error) {
	err = t.underRoot(func(root tpm2.AuthHandle) error {
		made, err := tpm2.Create{ParentHandle: root, InPublic: tpm2.New2B(signingTemplate())}.Execute(t.tpm)
		if err != nil {
			return fmt.Errorf("make a key in the TPM: %w", err)
		}
		public, private := tpm2.Marshal(made.OutPublic), tpm2.Marshal(made.OutPrivate)
		blob = binary.BigEndian.AppendUint16(nil, uint16(len(public))) //nolint:gosec // a TPM's buffers are far smaller
		blob = append(append(blob, public...), private...)
		return writePrivate(t.path, blob)
	})
	return blob, err
}

func signingTemplate() tpm2.TPMTPublic {
	return tpm2.TPMTPublic{
		Type: tpm2.TPMAlgECC, NameAlg: tpm2.TPMAlgSHA256,
		ObjectAttributes: tpm2.TPMAObject{
			FixedTPM: true, FixedParent: true, SensitiveDataOrigin: true, UserWithAuth: true, NoDA: true, SignEncrypt: true,
		},
		Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{CurveID: tpm2.TPMECCNistP256}),
	}
}

// underRoot runs fn with the storage root key, which a TPM makes anew, the same each time, from its owner's seed.
func (t *TPMKeys) underRoot(fn func(root tpm2.AuthHandle) error) error {
	root, err := tpm2.CreatePrimary{
		PrimaryHandle: tpm2.TPMRHOwner, InPublic: tpm2.New2B(tpm2.ECCSRKTemplate),
	}.Execute(t.tpm)
	if err != nil {
		return fmt.Errorf("make the TPM's storage root key: %w", err)
	}
	err = fn(tpm2.AuthHandle{Handle: root.ObjectHandle, Name: root.Name, Auth: tpm2.PasswordAuth(nil)})
	return errors.Join(err, t.flush(root.ObjectHandle))
}

// loaded runs fn with the wrapped key loaded. t.mu is held.
func (t *TPMKeys) loaded(blob []byte, fn func(tpm2.AuthHandle, *tpm2.TPMTPublic) error) error {
	if len(blob) < 2 || len(blob) < 2+int(binary.BigEndian.Uint16(blob)) {
		return errors.New("the wrapped key is cut short")
	}
	end := 2 + int(binary.BigEndian.Uint16(blob))
	public, err := tpm2.Unmarshal[tpm2.TPM2BPublic](blob[2:end])
	if err != nil {
		return err
	}
	private, err := tpm2.Unmarshal[tpm2.TPM2BPrivate](blob[end:])
	if err != nil {
		return err
	}
	contents, err := public.Contents()
	if err != nil {
		return err
	}
	return t.underRoot(func(root tpm2.AuthHandle) error {
		key, err := tpm2.Load{ParentHandle: root, InPrivate: *private, InPublic: *public}.Execute(t.tpm)
		if err != nil {
			return fmt.Errorf("load the key into the TPM: %w", err)
		}
		err = fn(tpm2.AuthHandle{Handle: key.ObjectHandle, Name: key.Name, Auth: tpm2.PasswordAuth(nil)}, contents)
		return errors.Join(err, t.flush(key.ObjectHandle))
	})
}

func (t *TPMKeys) flush(h tpm2.TPMHandle) error {
	_, err := tpm2.FlushContext{FlushHandle: h}.Execute(t.tpm)
	return err
}

func ecdsaPublic(public *tpm2.TPMTPublic) (*ecdsa.PublicKey, error) {
	point, err := public.Unique.ECC()
	if err != nil {
		return nil, err
	}
	b := make([]byte, 65) // uncompressed point, SEC 1 section 2.3.3
	b[0] = 4
	new(big.Int).SetBytes(point.X.Buffer).FillBytes(b[1:33])
	new(big.Int).SetBytes(point.Y.Buffer).FillBytes(b[33:])
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), b)
}

// tpmKey signs in the TPM. The key is loaded for each signature, so that a restarted TPM or another user of it is no
// matter; a box signs at enrolment, renewal and each TLS handshake.
type tpmKey struct {
	store  *TPMKeys
	blob   []byte
	public *ecdsa.PublicKey
}

// Public is the method of crypto.Signer.
func (k *tpmKey) Public() crypto.PublicKey { return k.public }

// Sign is the method of crypto.Signer: an ASN.1 ECDSA signature of a SHA-256 digest.
func (k *tpmKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) (sig []byte, err error) {
	if opts.HashFunc() != crypto.SHA256 {
		return nil, fmt.Errorf("%w: the TPM signs SHA-256 digests, not %v", ErrKeyStore, opts.HashFunc())
	}
	k.store.mu.Lock()
	defer k.store.mu.Unlock()
	err = k.store.loaded(k.blob, func(handle tpm2.AuthHandle, _ *tpm2.TPMTPublic) error {
		made, err := tpm2.Sign{
			KeyHandle: handle, Digest: tpm2.TPM2BDigest{Buffer: digest},
			InScheme: tpm2.TPMTSigScheme{
				Scheme:  tpm2.TPMAlgECDSA,
				Details: tpm2.NewTPMUSigScheme(tpm2.TPMAlgECDSA, &tpm2.TPMSSchemeHash{HashAlg: tpm2.TPMAlgSHA256}),
			},
			Validation: tpm2.TPMTTKHashCheck{Tag: tpm2.TPMSTHashCheck},
		}.Execute(k.store.tpm)
		if err != nil {
			return fmt.Errorf("sign in the TPM: %w", err)
		}
		rs, err := made.Signature.Signature.ECDSA()
		if err != nil {
			return err
		}
		sig, err = asn1.Marshal(struct{ R, S *big.Int }{
			new(big.Int).SetBytes(rs.SignatureR.Buffer), new(big.Int).SetBytes(rs.SignatureS.Buffer),
		})
		return err
	})
	return sig, err
}
