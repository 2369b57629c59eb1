def hessian_vector_product(gradient, w, v, *, h=1e-5):
    plus, here, minus = gradient(w + h * v), gradient(w), gradient(w - h * v)
    return (plus - 2 * here + minus) / h**2
